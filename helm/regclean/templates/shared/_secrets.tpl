{{/* Where each secret is; no pod gets one by any other way. */}}

{{- define "regclean.slack.secret" -}}
{{- default (printf "%s-slack" (include "regclean.fullname" .)) .Values.slack.existingSecret -}}
{{- end -}}

{{- define "regclean.signing.secret" -}}
{{- default (printf "%s-signing-key" (include "regclean.fullname" .)) .Values.signingKey.existingSecret -}}
{{- end -}}

{{- define "regclean.redis.secret" -}}
{{- default (printf "%s-redis" (include "regclean.fullname" .)) .Values.redis.existingSecret -}}
{{- end -}}

{{/* One variable from a Secret: (dict "name" "SLACK_BOT_TOKEN" "secret" "…" "key" "bot-token") */}}
{{- define "regclean.env.secret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end -}}

{{/* What every process needs: the configuration, Redis and the signing key. */}}
{{- define "regclean.env.shared" -}}
- name: REGCLEAN_CONFIG
  value: /etc/regclean/config/config.yaml
{{ include "regclean.env.redis" . }}
{{ include "regclean.env.secret" (dict "name" "REGCLEAN_SIGNING_KEY" "secret" (include "regclean.signing.secret" .) "key" "signing-key") }}
{{- end -}}

{{- define "regclean.env.redis" -}}
{{- if include "regclean.redis.own" . -}}
{{ include "regclean.env.secret" (dict "name" "REDIS_PASSWORD" "secret" (include "regclean.redis.secret" .) "key" "redis-password") }}
- name: REDIS_URL
  value: redis://:$(REDIS_PASSWORD)@{{ include "regclean.fullname" . }}-redis:6379/0
{{- else if .Values.redis.externalSecret.name -}}
{{ include "regclean.env.secret" (dict "name" "REDIS_URL" "secret" .Values.redis.externalSecret.name "key" .Values.redis.externalSecret.key) }}
{{- else -}}
{{ include "regclean.env.secret" (dict "name" "REDIS_URL" "secret" (include "regclean.redis.secret" .) "key" "redis-url") }}
{{- end -}}
{{- end -}}

{{/* For those who talk to people, and nobody else. */}}
{{- define "regclean.env.people" -}}
{{- $secret := include "regclean.slack.secret" . -}}
{{ include "regclean.env.secret" (dict "name" "SLACK_BOT_TOKEN" "secret" $secret "key" "bot-token") }}
{{- if eq .Values.slack.mode "socket" }}
{{ include "regclean.env.secret" (dict "name" "SLACK_APP_TOKEN" "secret" $secret "key" "app-token") }}
{{- else }}
{{ include "regclean.env.secret" (dict "name" "SLACK_SIGNING_SECRET" "secret" $secret "key" "signing-secret") }}
{{- end }}
{{- with .Values.slack.apiUrl }}
- name: SLACK_API_URL
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* For those who talk to registries, and nobody else. */}}
{{- define "regclean.env.registries" -}}
{{- range .Values.registryCredentials.env }}
{{ include "regclean.env.secret" . }}
{{- end }}
{{- end -}}
