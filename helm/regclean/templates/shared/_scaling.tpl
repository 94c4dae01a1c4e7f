{{/* KEDA: (dict "root" $ "component" "worker-clean" "queue" "clean" "scaling" .Values.workerClean.autoscaling)
     Jobs in work count too, or their pods would be scaled away; KEDA's redis trigger reads lists and sorted sets. */}}

{{- define "regclean.scaledobject" -}}
{{- $root := .root -}}
{{- if .scaling.enabled -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "regclean.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    name: {{ include "regclean.fullname" $root }}-{{ .component }}
  pollingInterval: {{ int $root.Values.keda.pollingInterval }}
  cooldownPeriod: {{ int $root.Values.keda.cooldownPeriod }}
  minReplicaCount: {{ int .scaling.minReplicas }}
  maxReplicaCount: {{ int .scaling.maxReplicas }}
  advanced:
    scalingModifiers:
      formula: waiting + working
      target: {{ .scaling.jobsPerReplica | quote }}
      metricType: AverageValue
  triggers:
    {{- range $name, $key := dict "waiting" "rq:queue:" "working" "rq:wip:" }}
    - type: redis
      name: {{ $name }}
      metadata:
        listName: {{ $key }}{{ $.queue }}
        listLength: {{ $.scaling.jobsPerReplica | quote }}
        {{- include "regclean.scaling.redis" $root | trim | nindent 8 }}
      {{- with include "regclean.scaling.authentication" $root }}
      authenticationRef:
        name: {{ . }}
      {{- end }}
    {{- end }}
{{- end -}}
{{- end -}}

{{- define "regclean.scaling.redis" -}}
databaseIndex: "0"
{{- if include "regclean.redis.own" . }}
address: {{ include "regclean.fullname" . }}-redis.{{ .Release.Namespace }}.svc:6379
{{- else }}
address: {{ .Values.keda.address | quote }}
enableTLS: {{ .Values.keda.enableTLS | quote }}
{{- end }}
{{- end -}}

{{- define "regclean.scaling.authentication" -}}
{{- if include "regclean.redis.own" . -}}
{{ include "regclean.fullname" . }}-redis
{{- else -}}
{{ .Values.keda.authenticationRef }}
{{- end -}}
{{- end -}}
