{{/* A pod that runs `regclean doctor` where one room's secrets are:
     (dict "root" $ "component" "test-people" "room" "people" "only" (list "slack" …) "values" .Values.bot
           "account" .Values.serviceAccount "suffix" "" "collects" false) */}}

{{- define "regclean.doctor" -}}
{{- $root := .root -}}
{{- $pod := include "regclean.merged" . | fromYaml -}}
apiVersion: v1
kind: Pod
metadata:
  {{- include "regclean.metadata" . | nindent 2 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "regclean.account" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "regclean.security.pod" $root | nindent 4 }}
  containers:
    - name: doctor
      {{- include "regclean.container.image" $root | nindent 6 }}
      args:
        - doctor
        {{- range .only }}
        - --only={{ . }}
        {{- end }}
      env:
        {{- include "regclean.env.shared" $root | nindent 8 }}
        {{- include (printf "regclean.env.%s" .room) $root | trim | nindent 8 }}
        {{- with include "regclean.env.tracing" $root }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with $pod.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      resources:
        {{- toYaml $pod.resources | nindent 8 }}
      securityContext:
        {{- include "regclean.security.container" $root | nindent 8 }}
      volumeMounts:
        {{- include "regclean.mounts" (merge (dict "pod" $pod) .) | nindent 8 }}
  volumes:
    {{- include "regclean.volumes" (merge (dict "pod" $pod) .) | nindent 4 }}
  {{- include "regclean.placement" (merge (dict "pod" (omit $pod "topologySpreadConstraints")) .) | trim | nindent 2 }}
{{- end -}}
