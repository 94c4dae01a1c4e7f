{{/* What is mounted: the configuration for all, credentials for those who talk to registries. */}}

{{- define "regclean.mounts.config" -}}
- name: config
  mountPath: /etc/regclean/config
  readOnly: true
{{- if include "regclean.ca" . }}
- name: ca
  mountPath: /etc/regclean/ca
  readOnly: true
{{- end }}
{{- end -}}

{{- define "regclean.volumes.config" -}}
- name: config
  configMap:
    name: {{ include "regclean.fullname" . }}-config
{{- with include "regclean.ca" . }}
- name: ca
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The volume source of the CA bundle, or nothing. */}}
{{- define "regclean.ca" -}}
{{- if .Values.caBundle.configMap -}}
configMap:
  name: {{ .Values.caBundle.configMap }}
{{- else if .Values.caBundle.secret -}}
secret:
  secretName: {{ .Values.caBundle.secret }}
{{- else if .Values.caBundle.pem -}}
configMap:
  name: {{ include "regclean.fullname" . }}-ca
{{- end -}}
{{- end -}}

{{- define "regclean.mounts.registries" -}}
{{- range $index, $_ := .Values.registryCredentials.existingSecrets }}
- name: credentials-{{ $index }}
  mountPath: /etc/regclean/credentials/{{ . }}
  readOnly: true
{{- end }}
{{- if .Values.registryCredentials.dockerConfigSecret }}
- name: docker-config
  mountPath: /etc/regclean/docker
  readOnly: true
{{- end }}
{{- end -}}

{{- define "regclean.volumes.registries" -}}
{{- range $index, $_ := .Values.registryCredentials.existingSecrets }}
- name: credentials-{{ $index }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with .Values.registryCredentials.dockerConfigSecret }}
- name: docker-config
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items:
      - {key: .dockerconfigjson, path: config.json}
{{- end }}
{{- end -}}
