{{/* Mistakes about what the configuration names and no pod would have. */}}

{{- define "regclean.checks.credentials" -}}
{{- $names := list -}}
{{- range .Values.registryCredentials.env }}{{ $names = append $names .name }}
{{- if or (hasPrefix "SLACK_" .name) (hasPrefix "REGCLEAN_" .name) (hasPrefix "REDIS_" .name) }}
registryCredentials.env names {{ .name }}, which is no registry's; give Slack's and regclean's own secrets by their own values.
{{- end }}
{{- end }}
{{- range $index, $registry := (.Values.config).registries }}
{{- $given := default dict $registry.credentials }}
{{- range $key := list "password_env" "token_env" }}
{{- $name := get $given $key }}
{{- if and $name (not (has $name $names)) }}
config.registries[{{ $index }}].credentials.{{ $key }} is {{ $name }}, which no pod has; add it to registryCredentials.env.
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.caBundle.configMap .Values.caBundle.secret }}
caBundle has a configMap and a secret; keep one of them.
{{- else if and .Values.caBundle.pem (or .Values.caBundle.configMap .Values.caBundle.secret) }}
caBundle has a pem and another source; keep one of them.
{{- else if and .Values.caBundle.pem (not (contains "-----BEGIN CERTIFICATE-----" .Values.caBundle.pem)) }}
caBundle.pem has no certificate in it; it begins with -----BEGIN CERTIFICATE-----.
{{- end }}
{{- end -}}

{{- define "regclean.checks.paths" -}}
{{- $given := .Values.registryCredentials -}}
{{- range $index, $registry := (.Values.config).registries }}
{{- $at := printf "config.registries[%d]" $index }}
{{- $credentials := default dict $registry.credentials }}
{{- range $key := list "password_file" "token_file" "docker_config" }}
{{- $path := default "" (get $credentials $key) }}
{{- $secret := regexFind "^/etc/regclean/credentials/[^/]+/" $path | trimPrefix "/etc/regclean/credentials/" | trimSuffix "/" }}
{{- if and $secret (not (has $secret $given.existingSecrets)) }}
{{ $at }}.credentials.{{ $key }} is in the Secret {{ $secret }}, which no pod has; add it to registryCredentials.existingSecrets.
{{- else if and (hasPrefix "/etc/regclean/docker/" $path) (not $given.dockerConfigSecret) }}
{{ $at }}.credentials.{{ $key }} is {{ $path }}; name the Secret it comes from in registryCredentials.dockerConfigSecret.
{{- end }}
{{- end }}
{{- range $key := list "kubeconfig" "blob_cache_password_file" "tls_ca" "tls_cert" "tls_key" }}
{{- $path := default "" (get (default dict $registry.gc) $key) }}
{{- $secret := regexFind "^/etc/regclean/collector/[^/]+/" $path | trimPrefix "/etc/regclean/collector/" | trimSuffix "/" }}
{{- if and $secret (not (has $secret $given.collectorSecrets)) }}
{{ $at }}.gc.{{ $key }} is in the Secret {{ $secret }}, which no pod has; add it to registryCredentials.collectorSecrets.
{{- end }}
{{- end }}
{{- if and (hasPrefix "/etc/regclean/ca/" (default "" $registry.ca_file)) (not (include "regclean.ca" $)) }}
{{ $at }}.ca_file is {{ $registry.ca_file }}; say in caBundle where it comes from.
{{- end }}
{{- end }}
{{- end -}}
