{{/* Names, labels and images. */}}

{{- define "regclean.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What tells this release's pods from all others; never changes during an upgrade. */}}
{{- define "regclean.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "regclean.labels" -}}
{{ include "regclean.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: regclean
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* metadata of an object: (dict "root" $ "component" "bot" ["name" …]) */}}
{{- define "regclean.metadata" -}}
name: {{ default (printf "%s-%s" (include "regclean.fullname" .root) .component) .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "regclean.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* matchLabels of one component: (dict "root" $ "component" "bot") */}}
{{- define "regclean.component.selector" -}}
{{ include "regclean.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* An image reference: (dict "image" .Values.image "tag" "the tag when none is given") */}}
{{- define "regclean.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .tag .image.tag }}
{{- end -}}
{{- end -}}

{{/* A service account's name: (dict "root" $ "account" .Values.serviceAccount "suffix" "") */}}
{{- define "regclean.account" -}}
{{- if .account.create -}}
{{- default (printf "%s%s" (include "regclean.fullname" .root) .suffix) .account.name -}}
{{- else -}}
{{- default "default" .account.name -}}
{{- end -}}
{{- end -}}

{{/* Whether the chart brings its own Redis: the text "true", or nothing. */}}
{{- define "regclean.redis.own" -}}
{{- if not (or .Values.redis.externalUrl .Values.redis.externalSecret.name) }}true{{ end -}}
{{- end -}}
