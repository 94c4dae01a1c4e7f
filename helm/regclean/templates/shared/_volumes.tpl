{{/* What is mounted: the configuration for all, credentials for those who talk to registries, and what collecting takes
     for those who collect. */}}

{{- define "regclean.mounts" -}}
{{ include "regclean.mounts.config" .root }}
- name: tmp
  mountPath: /tmp
{{- if eq .room "registries" }}
{{- include "regclean.mounts.registries" .root }}
{{- end }}
{{- if .collects }}
{{- include "regclean.mounts.collectors" .root }}
{{- end }}
{{- with .pod.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "regclean.volumes" -}}
{{ include "regclean.volumes.config" .root }}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- if eq .room "registries" }}
{{- include "regclean.volumes.registries" .root }}
{{- end }}
{{- if .collects }}
{{- include "regclean.volumes.collectors" .root }}
{{- end }}
{{- with .pod.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

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
