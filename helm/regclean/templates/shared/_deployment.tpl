{{/* The Deployment of one process:
     (dict "root" $ "component" "bot" "values" .Values.bot "command" (list "bot") "room" "people" "suffix" ""
           "account" .Values.serviceAccount "scaled" false), and "collects" true for who runs or mends collectors. */}}

{{- define "regclean.deployment" -}}
{{- $root := .root -}}
{{- $pod := include "regclean.merged" . | fromYaml -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "regclean.metadata" . | nindent 2 }}
spec:
  {{- if not .scaled }}
  replicas: {{ int .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels:
      {{- include "regclean.component.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "regclean.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
        {{- with $pod.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        checksum/config: {{ toJson $root.Values.config | sha256sum }}
        checksum/secrets: {{ include "regclean.secrets.given" . | sha256sum }}
        {{- with $pod.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "regclean.pod" (merge (dict "pod" $pod) .) | nindent 6 }}
{{- end -}}

{{/* podDefaults with the process's own keys in place of theirs. */}}
{{- define "regclean.merged" -}}
{{- $merged := deepCopy .root.Values.podDefaults -}}
{{- range $key, $value := .values -}}
{{- $_ := set $merged $key $value -}}
{{- end -}}
{{- toYaml $merged -}}
{{- end -}}

{{/* The secrets in the values that this process's room uses: pods are replaced when they change. */}}
{{- define "regclean.secrets.given" -}}
{{- $values := .root.Values -}}
{{- $given := list $values.signingKey $values.redis.password $values.redis.externalUrl $values.caBundle -}}
{{- if eq .room "people" }}{{ $given = append $given $values.slack }}{{ end -}}
{{- toJson $given -}}
{{- end -}}

{{- define "regclean.pdb" -}}
{{- $pod := include "regclean.merged" . | fromYaml -}}
{{- if not (kindIs "invalid" $pod.maxUnavailable) -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "regclean.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ $pod.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "regclean.component.selector" . | nindent 6 }}
{{- end -}}
{{- end -}}
