{{/* Mistakes about Redis, ingress, metrics and KEDA. */}}

{{- define "regclean.checks.redis" -}}
{{- $redis := .Values.redis -}}
{{- $own := or $redis.existingSecret $redis.password -}}
{{- if and $redis.externalUrl $redis.externalSecret.name }}
redis has an externalUrl and an externalSecret; keep one of them.
{{- end }}
{{- if and $redis.existingSecret $redis.password }}
redis has an existingSecret and a password; keep one of them.
{{- end }}
{{- if include "regclean.redis.own" . }}
{{- if not $own }}
redis.existingSecret is empty; name a Secret with the key redis-password, which “openssl rand -hex 32” makes.
{{- end }}
{{- if and $redis.password (not (regexMatch "^[A-Za-z0-9._~-]{16,}$" $redis.password)) }}
redis.password must be 16 or more letters and digits, since it stands in an address; “openssl rand -hex 32” makes one.
{{- end }}
{{- else if $own }}
redis.existingSecret and redis.password are for the chart's own Redis; the password of yours stands in its address.
{{- end }}
{{- if and $redis.externalUrl (not (regexMatch "^rediss?([+]sentinel)?://." $redis.externalUrl)) }}
redis.externalUrl begins with none of redis://, rediss://, redis+sentinel:// and rediss+sentinel://.
{{- end }}
{{- end -}}

{{- define "regclean.checks.ingress" -}}
{{- $ingress := .Values.ingress -}}
{{- if and $ingress.enabled (ne .Values.slack.mode "http") }}
ingress.enabled needs slack.mode http; in mode socket the bot calls Slack, and nothing comes in.
{{- end }}
{{- if and $ingress.enabled (not $ingress.host) }}
ingress.host is empty; set it to the host name in the Request URL that Slack is given.
{{- else if not (regexMatch "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$" $ingress.host) }}
ingress.host is {{ $ingress.host }}; write the host name alone, in small letters, without https:// and path.
{{- end }}
{{- range .Values.networkPolicy.privateRanges }}
{{- if not (regexMatch "^[0-9a-fA-F.:]+/[0-9]{1,3}$" .) }}
networkPolicy.privateRanges has {{ . }}, which is no network; write it as 10.0.0.0/8 or fc00::/7.
{{- end }}
{{- end }}
{{- end -}}

{{- define "regclean.checks.metrics" -}}
{{- range $name := list "serviceMonitor" "rules" }}
{{- if and (get $.Values.metrics $name).enabled (not $.Values.metrics.enabled) }}
metrics.{{ $name }}.enabled needs metrics.enabled; without it there is nothing to ask.
{{- end }}
{{- end }}
{{- end -}}

{{- define "regclean.checks.processes" -}}
{{- if and .Values.keda.address (not (regexMatch "^[^/:@]+:[0-9]+$" .Values.keda.address)) }}
keda.address is {{ .Values.keda.address }}; write it as HOST:PORT.
{{- end }}
{{- range $name := list "workerLookup" "workerClean" }}
{{- $scaling := (get $.Values $name).autoscaling }}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) }}
{{ $name }}.autoscaling.minReplicas is larger than its maxReplicas; exchange them.
{{- end }}
{{- if and $scaling.enabled (not (include "regclean.redis.own" $)) (not $.Values.keda.address) }}
{{ $name }}.autoscaling is enabled with a Redis that you run; tell KEDA its keda.address, as HOST:PORT.
{{- end }}
{{- end }}
{{- range $name := list "bot" "replies" "workerLookup" "workerClean" "workerGc" "sweep" }}
{{- $pod := include "regclean.merged" (dict "root" $ "values" (get $.Values $name)) | fromYaml }}
{{- range $pod.extraEnv }}
{{- if has .name (list "REDIS_URL" "REDIS_PASSWORD" "REGCLEAN_CONFIG" "REGCLEAN_SIGNING_KEY" "REGCLEAN_HEARTBEAT_FILE" "REGCLEAN_METRICS_PORT" "PORT") }}
{{ $name }}.extraEnv sets {{ .name }}, which the chart sets itself; remove it.
{{- else if and (hasPrefix "SLACK_" .name) (not (has $name (list "bot" "replies"))) }}
{{ $name }}.extraEnv sets {{ .name }}; a pod that holds registry credentials holds nothing of Slack's, so remove it.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
