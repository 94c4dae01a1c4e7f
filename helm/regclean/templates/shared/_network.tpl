{{/* Network policies: what each process may reach, and by whom it may be reached. */}}

{{/* The policy of one process: (dict "root" $ "component" "bot" "egress" (list "dns" "redis" "slack")) */}}
{{- define "regclean.networkpolicy" -}}
{{- $root := .root -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "regclean.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "regclean.component.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- $isAsked := and $root.Values.metrics.enabled (has .component (list "bot" "sweep")) }}
  {{- $fromSlack := and (eq .component "bot") (eq $root.Values.slack.mode "http") }}
  {{- if or $isAsked $fromSlack }}
  ingress:
    {{- if $fromSlack }}
    - ports:
        - {protocol: TCP, port: http}
      {{- with $root.Values.networkPolicy.ingressFrom }}
      from:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- end }}
    {{- if $isAsked }}
    {{- include "regclean.metrics.ingress" (dict "root" $root "port" (ternary "http" "metrics" (eq .component "bot"))) | nindent 4 }}
    {{- end }}
  {{- else }}
  ingress: []
  {{- end }}
  egress:
    {{- range .egress }}
    {{- include (printf "regclean.egress.%s" .) $root | trim | nindent 4 }}
    {{- end }}
    {{- if $root.Values.tracing.enabled }}
    {{- include "regclean.egress.tracing" $root | trim | nindent 4 }}
    {{- end }}
    {{- with $root.Values.networkPolicy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "regclean.egress.dns" -}}
{{- $dns := .Values.networkPolicy.dns -}}
- to:
    {{- toYaml $dns.to | nindent 4 }}
  ports:
    - {protocol: UDP, port: {{ int $dns.port }}}
    - {protocol: TCP, port: {{ int $dns.port }}}
{{- end -}}

{{- define "regclean.egress.slack" -}}
{{- $net := .Values.networkPolicy.slack -}}
{{- $slack := default dict (.Values.config).slack -}}
{{- if $net.to -}}
- to:
    {{- toYaml $net.to | nindent 4 }}
  {{- include "regclean.ports" (default (list 443) $net.ports) | nindent 2 }}
{{- else -}}
{{- with $slack.proxy }}
{{ include "regclean.egress.address" (dict "url" .) }}
{{- end }}
{{- if or (not $slack.proxy) $slack.no_proxy }}
{{ include "regclean.egress.public" . }}
  {{- include "regclean.ports" (default (list 443) $net.ports) | nindent 2 }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "regclean.egress.public" -}}
- to:
    {{- range $cidr, $mark := dict "0.0.0.0/0" "." "::/0" ":" }}
    - ipBlock:
        cidr: {{ $cidr | quote }}
        except:
          {{- range $.Values.networkPolicy.privateRanges }}
          {{- if eq (contains ":" .) (eq $mark ":") }}
          - {{ . | quote }}
          {{- end }}
          {{- end }}
    {{- end }}
{{- end -}}

{{- define "regclean.ports" -}}
ports:
  {{- range . }}
  - {protocol: TCP, port: {{ int . }}}
  {{- end }}
{{- end -}}
