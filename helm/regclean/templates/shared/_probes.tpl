{{/* Probes that follow the real state; none needs a shell. */}}

{{/* The bot answers by HTTP: alive while its loop turns, ready while Slack and Redis are connected. */}}
{{- define "regclean.probes.http" -}}
startupProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 4
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{/* All others touch a file at each heartbeat, which stops when they hang or lose Redis for long. */}}
{{- define "regclean.probes.heartbeat" -}}
startupProbe:
  exec:
    command: [regclean, alive, --within, "60"]
  periodSeconds: 5
  timeoutSeconds: 10
  failureThreshold: 24
livenessProbe:
  exec:
    command: [regclean, alive, --within, "60"]
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 3
{{- end -}}
