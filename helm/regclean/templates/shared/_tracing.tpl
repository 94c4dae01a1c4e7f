{{/* Traces for an OpenTelemetry collector: what a process is told of it, and the way to it. */}}

{{- define "regclean.env.tracing" -}}
{{- $tracing := .Values.tracing -}}
{{- if $tracing.enabled -}}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ $tracing.endpoint | quote }}
{{- with $tracing.headers.existingSecret }}
{{ include "regclean.env.secret" (dict "name" "OTEL_EXPORTER_OTLP_HEADERS" "secret" . "key" $tracing.headers.key) }}
{{- end }}
{{- if lt (float64 $tracing.ratio) 1.0 }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ $tracing.ratio | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "regclean.egress.tracing" -}}
{{- $net := .Values.networkPolicy.tracing -}}
{{- $url := .Values.tracing.endpoint -}}
{{- $port := include "regclean.url.port" $url | default (ternary 80 443 (hasPrefix "http://" $url)) -}}
{{- if $net.to -}}
- to:
    {{- toYaml $net.to | nindent 4 }}
  {{- include "regclean.ports" (default (list $port) $net.ports) | nindent 2 }}
{{- else if $net.ports -}}
- {{ include "regclean.ports" $net.ports | nindent 2 | trim }}
{{- else -}}
{{ include "regclean.egress.address" (dict "url" $url) }}
{{- end -}}
{{- end -}}

{{- define "regclean.checks.tracing" -}}
{{- $tracing := .Values.tracing -}}
{{- if and $tracing.enabled (not (regexMatch "^https?://[^/?#@]+([/?#].*)?$" $tracing.endpoint)) }}
tracing.endpoint is no web address; write it as http://HOST:4318, and secrets into tracing.headers.
{{- end }}
{{- if and $tracing.headers.existingSecret (not $tracing.enabled) }}
tracing.headers.existingSecret needs tracing.enabled; without it nothing is told.
{{- end }}
{{- end -}}
