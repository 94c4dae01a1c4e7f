{{/* The container of the chart's own Redis. */}}

{{- define "regclean.redis.container" -}}
{{- $redis := .Values.redis -}}
image: {{ include "regclean.image" (dict "image" $redis.image "tag" "") }}
imagePullPolicy: {{ $redis.image.pullPolicy }}
command: [{{ $redis.image.program }}-server, /etc/redis/redis.conf]
# The one user may do what regclean and KEDA do with keys of theirs, and see, but neither change how Redis is set up nor
# empty it.
args:
  - --user
  - default
  - "on"
  - ">$(REDIS_PASSWORD)"
  - ~rq:*
  - ~rc:*
  - "&rq:pubsub:*"
  - "&rc:*"
  - +@all
  - -@admin
  - -@dangerous
  - +info
  - +config|get
  - +client|setname
  - +client|info
env:
  {{- include "regclean.env.secret" (dict "name" "REDIS_PASSWORD" "secret" (include "regclean.redis.secret" .) "key" "redis-password") | nindent 2 }}
  {{- include "regclean.env.secret" (dict "name" "REDISCLI_AUTH" "secret" (include "regclean.redis.secret" .) "key" "redis-password") | nindent 2 }}
ports:
  - {name: redis, containerPort: 6379, protocol: TCP}
# Reading a long file back takes its time: alive is whoever listens, ready is whoever answers.
livenessProbe:
  tcpSocket: {port: redis}
  initialDelaySeconds: 10
  periodSeconds: 20
  failureThreshold: 6
readinessProbe:
  exec:
    command: [{{ $redis.image.program }}-cli, -e, ping]
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
resources:
  {{- toYaml $redis.resources | nindent 2 }}
securityContext:
  {{- include "regclean.security.container" . | nindent 2 }}
volumeMounts:
  - {name: config, mountPath: /etc/redis, readOnly: true}
  - {name: data, mountPath: /data}
{{- end -}}
