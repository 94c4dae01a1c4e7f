{{/* What network policies can read from addresses in the configuration: they know no host names. */}}

{{/* HOST or HOST:PORT of an address. By a pattern, since what cannot be parsed would be shown with its password. */}}
{{- define "regclean.url.place" -}}
{{- regexReplaceAll "^[a-z+]+://([^/?#]*@)?([^/?#]*).*$" (default "" .) "${2}" -}}
{{- end -}}

{{/* The port that an address names, or nothing. */}}
{{- define "regclean.url.port" -}}
{{- regexFind ":[0-9]+$" (include "regclean.url.place" .) | trimPrefix ":" -}}
{{- end -}}

{{/* One egress rule for an address: (dict "url" "https://…" ["port" 6379]) */}}
{{- define "regclean.egress.address" -}}
{{- $host := regexReplaceAll ":[0-9]+$" (include "regclean.url.place" .url) "" | trimPrefix "[" | trimSuffix "]" -}}
{{- $known := ternary 80 443 (hasPrefix "http://" .url) -}}
{{- $port := include "regclean.url.port" .url | default (default $known .port) -}}
{{- $service := regexFind "^[^.]+\\.[^.]+\\.svc(\\.|$)" $host -}}
{{- if $service -}}
{{- /* A policy sees the pods' port, which a Service may translate, so that the port cannot be told. */ -}}
- to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ index (splitList "." $host) 1 | quote }}}}
{{- else if regexMatch "^[0-9]+(\\.[0-9]+){3}$" $host -}}
- to:
    - ipBlock: {cidr: {{ $host }}/32}
  {{- include "regclean.ports" (list $port) | nindent 2 }}
{{- else if contains ":" $host -}}
- to:
    - ipBlock: {cidr: "{{ $host }}/128"}
  {{- include "regclean.ports" (list $port) | nindent 2 }}
{{- else if not (contains "." $host) -}}
- to:
    - podSelector: {}
{{- else -}}
- {{ include "regclean.ports" (list $port) | nindent 2 | trim }}
{{- end -}}
{{- end -}}

{{/* The addresses that a registry is reached at: its own, its proxy's, or both when some hosts are excepted. */}}
{{- define "regclean.registry.addresses" -}}
{{- if or (not .proxy) .no_proxy }}{{ .url }}{{ end }} {{ default "" .proxy -}}
{{- end -}}

{{- define "regclean.egress.registries" -}}
{{- $net := .Values.networkPolicy.registries -}}
{{- $rules := list -}}
{{- $ports := list -}}
{{- range (.Values.config).registries -}}
{{- range splitList " " (include "regclean.registry.addresses" .) -}}
{{- if . -}}
{{- $rules = append $rules (include "regclean.egress.address" (dict "url" .)) -}}
{{- $known := ternary 80 443 (hasPrefix "http://" .) -}}
{{- $ports = append $ports (include "regclean.url.port" . | default $known | int) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $net.to -}}
- to:
    {{- toYaml $net.to | nindent 4 }}
  {{- include "regclean.ports" (default (uniq $ports) $net.ports) | nindent 2 }}
{{- else -}}
{{- with $net.ports -}}
{{- $rules = append $rules (printf "- %s" (include "regclean.ports" . | nindent 2 | trim)) -}}
{{- end -}}
{{- join "\n" (uniq $rules) -}}
{{- end -}}
{{- end -}}

{{/* What collecting needs besides: the Kubernetes API, and the caches that outlive a registry's restart. */}}
{{- define "regclean.egress.collectors" -}}
{{- $net := .Values.networkPolicy.kubernetesApi -}}
{{- $uses := include "regclean.cluster.used" . -}}
{{- $rules := list -}}
{{- range (.Values.config).registries -}}
{{- with .gc -}}
{{- if .kubeconfig }}{{ $uses = "true" }}{{ end -}}
{{- with .blob_cache }}{{ $rules = append $rules (include "regclean.egress.address" (dict "url" . "port" 6379)) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $uses }}
- {{ with $net.to }}to:
    {{- toYaml . | nindent 4 }}
  {{ end }}{{ include "regclean.ports" $net.ports | nindent 2 | trim }}
{{- end }}
{{ join "\n" (uniq $rules) }}
{{- end -}}
