{{/* The pod of one process: what "regclean.deployment" takes, and "pod" with its merged settings. */}}

{{- define "regclean.pod" -}}
{{- $root := .root -}}
serviceAccountName: {{ include "regclean.account" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "regclean.security.pod" $root | nindent 2 }}
terminationGracePeriodSeconds: {{ int .pod.terminationGracePeriodSeconds }}
initContainers:
  - name: check-config
    {{- include "regclean.container.image" $root | nindent 4 }}
    args: [config, check]
    env:
      - name: REGCLEAN_CONFIG
        value: /etc/regclean/config/config.yaml
    resources:
      {{- toYaml .pod.resources | nindent 6 }}
    securityContext:
      {{- include "regclean.security.container" $root | nindent 6 }}
    volumeMounts:
      {{- include "regclean.mounts.config" $root | nindent 6 }}
containers:
  - name: {{ .component }}
    {{- include "regclean.container" . | nindent 4 }}
volumes:
  {{- include "regclean.volumes" . | nindent 2 }}
{{- include "regclean.placement" . }}
{{- end -}}

{{- define "regclean.container.image" -}}
image: {{ include "regclean.image" (dict "image" .Values.image "tag" .Chart.AppVersion) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end -}}

{{- define "regclean.container" -}}
{{- $root := .root -}}
{{ include "regclean.container.image" $root }}
args: {{ toJson .command }}
env:
  {{- include "regclean.env.shared" $root | nindent 2 }}
  {{- include (printf "regclean.env.%s" .room) $root | trim | nindent 2 }}
  {{- if eq .component "bot" }}
  - name: PORT
    value: {{ .values.port | quote }}
  {{- else }}
  - name: REGCLEAN_HEARTBEAT_FILE
    value: /tmp/heartbeat
  {{- end }}
  {{- if and $root.Values.metrics.enabled (eq .component "sweep") }}
  - name: REGCLEAN_METRICS_PORT
    value: {{ $root.Values.metrics.port | quote }}
  {{- end }}
  {{- with include "regclean.env.tracing" $root }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .pod.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if eq .component "bot" }}
ports:
  - {name: http, containerPort: {{ int .values.port }}, protocol: TCP}
{{ include "regclean.probes.http" $root }}
{{- else }}
{{- if and $root.Values.metrics.enabled (eq .component "sweep") }}
ports:
  - {name: metrics, containerPort: {{ int $root.Values.metrics.port }}, protocol: TCP}
{{- end }}
{{ include "regclean.probes.heartbeat" $root }}
{{- end }}
resources:
  {{- toYaml .pod.resources | nindent 2 }}
securityContext:
  {{- include "regclean.security.container" $root | nindent 2 }}
volumeMounts:
  {{- include "regclean.mounts" . | nindent 2 }}
{{- end -}}
