{{/* What the schema cannot say; every mistake is told at once, each in a sentence. */}}

{{- define "regclean.checks" -}}
{{- $found := list -}}
{{- range list "image" "config" "slack" "keys" "redis" "credentials" "paths" "processes" "ingress" "metrics" "tracing" -}}
{{- $found = concat $found (include (printf "regclean.checks.%s" .) $ | splitList "\n") -}}
{{- end -}}
{{- $sentences := list -}}
{{- range $found }}{{ with trim . }}{{ $sentences = append $sentences (printf "- %s" .) }}{{ end }}{{ end -}}
{{- if $sentences -}}
{{- fail (printf "\n\nThese values cannot be used:\n%s\n" (join "\n" $sentences)) -}}
{{- end -}}
{{- end -}}

{{- define "regclean.checks.image" -}}
{{- if not .Values.image.repository }}
image.repository is empty; set it to where you pushed the image that “make image” builds.
{{- end }}
{{- range $name, $image := dict "image" .Values.image "redis.image" .Values.redis.image }}
{{- if regexMatch "[@]|:[^/]*$" $image.repository }}
{{ $name }}.repository has a tag or a digest in it; put it into {{ $name }}.tag or {{ $name }}.digest.
{{- end }}
{{- if and $image.digest (not (regexMatch "^sha256:[a-f0-9]{64}$" $image.digest)) }}
{{ $name }}.digest is no digest; it is sha256: and 64 hexadecimal digits.
{{- end }}
{{- if and (eq $name "redis.image") (not $image.digest) (not $image.tag) }}
redis.image has neither tag nor digest; set one of them.
{{- end }}
{{- end }}
{{- end -}}

{{- define "regclean.checks.config" -}}
{{- range list "registries" "approvals" "channels" }}
{{- if not (get (default dict $.Values.config) .) }}
config.{{ . }} is missing; docs/configuration.md has an example.
{{- end }}
{{- end }}
{{- end -}}

{{- define "regclean.checks.slack" -}}
{{- $slack := .Values.slack -}}
{{- $given := or $slack.botToken $slack.appToken $slack.signingSecret -}}
{{- if and $slack.existingSecret $given }}
slack has an existingSecret and tokens of its own; keep one of them.
{{- else if not (or $slack.existingSecret $slack.botToken) }}
slack.existingSecret is empty; name a Secret with the keys bot-token and {{ ternary "app-token" "signing-secret" (eq $slack.mode "socket") }}.
{{- end }}
{{- if and $slack.botToken (not (hasPrefix "xoxb-" $slack.botToken)) }}
slack.botToken is not a bot token; it begins with xoxb-.
{{- end }}
{{- if and $slack.appToken (not (hasPrefix "xapp-" $slack.appToken)) }}
slack.appToken is not an app token; it begins with xapp-.
{{- end }}
{{- if and $slack.apiUrl (not (regexMatch "^https?://." $slack.apiUrl)) }}
slack.apiUrl is no web address; leave it empty to use Slack itself.
{{- end }}
{{- if and $slack.botToken (not $slack.existingSecret) }}
{{- if and (eq $slack.mode "socket") (not $slack.appToken) }}
slack.appToken is empty; mode socket needs it, or choose slack.mode http.
{{- else if and (eq $slack.mode "http") (not $slack.signingSecret) }}
slack.signingSecret is empty; mode http needs it to trust what comes in.
{{- end }}
{{- end }}
{{- end -}}

{{- define "regclean.checks.keys" -}}
{{- $key := .Values.signingKey -}}
{{- if and $key.existingSecret $key.value }}
signingKey has an existingSecret and a value; keep one of them.
{{- else if not (or $key.existingSecret $key.value) }}
signingKey.existingSecret is empty; name a Secret with the key signing-key, which “openssl rand -hex 32” makes.
{{- end }}
{{- range splitList "," $key.value }}
{{- if and $key.value (lt (len (trim .)) 32) }}
signingKey.value has a key shorter than 32 characters; make one with “openssl rand -hex 32”.
{{- end }}
{{- end }}
{{- end -}}
