{{/* The way to Redis: the chart's own pod, or what the address says, or where it is said to be. */}}

{{- define "regclean.egress.redis" -}}
{{- $net := .Values.networkPolicy.redis -}}
{{- $url := .Values.redis.externalUrl -}}
{{- if include "regclean.redis.own" . -}}
- to:
    - podSelector:
        matchLabels:
          {{- include "regclean.component.selector" (dict "root" . "component" "redis") | nindent 10 }}
  ports:
    - {protocol: TCP, port: redis}
{{- else if $net.to -}}
- to:
    {{- toYaml $net.to | nindent 4 }}
  {{- include "regclean.ports" (include "regclean.redis.ports" . | fromJsonArray) | nindent 2 }}
{{- else if contains "+sentinel://" $url -}}
{{- $rules := list -}}
{{- range splitList "," (include "regclean.url.place" $url) -}}
{{- $rules = append $rules (include "regclean.egress.address" (dict "url" (printf "redis://%s" .) "port" 26379)) -}}
{{- end -}}
{{- /* The primary is wherever the sentinels say. */ -}}
{{- $rules = append $rules (printf "- %s" (include "regclean.ports" (list $net.port) | nindent 2 | trim)) -}}
{{- join "\n" (uniq $rules) -}}
{{- else if $url -}}
{{ include "regclean.egress.address" (dict "url" $url "port" 6379) }}
{{- else -}}
- {{ include "regclean.ports" (list $net.port) | nindent 2 | trim }}
{{- end -}}
{{- end -}}

{{/* The ports of a Redis whose place is given: of its address, of its sentinels and the primary, or the one that is said. */}}
{{- define "regclean.redis.ports" -}}
{{- $url := .Values.redis.externalUrl -}}
{{- $said := .Values.networkPolicy.redis.port -}}
{{- $ports := list -}}
{{- if contains "+sentinel://" $url -}}
{{- range splitList "," (include "regclean.url.place" $url) -}}
{{- $ports = append $ports (include "regclean.url.port" (printf "redis://%s" .) | default 26379 | int) -}}
{{- end -}}
{{- $ports = append $ports (int $said) -}}
{{- else -}}
{{- $ports = append $ports (include "regclean.url.port" $url | default $said | int) -}}
{{- end -}}
{{- toJson (uniq $ports) -}}
{{- end -}}
