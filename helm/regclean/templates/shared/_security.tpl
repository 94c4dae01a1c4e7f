{{/* The restricted pod security standard, for every pod of the chart. */}}

{{- define "regclean.security.pod" -}}
runAsNonRoot: true
{{- with .Values.securityContext.runAsUser }}
runAsUser: {{ int64 . }}
{{- end }}
{{- with .Values.securityContext.runAsGroup }}
runAsGroup: {{ int64 . }}
{{- end }}
{{- with .Values.securityContext.fsGroup }}
fsGroup: {{ int64 . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "regclean.security.container" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
{{- end -}}
