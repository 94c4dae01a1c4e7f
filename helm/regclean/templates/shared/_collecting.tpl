{{/* Garbage collection in Kubernetes: who it is for, and what it may do. */}}

{{/* The registries whose collector is run in this cluster, by the pods' own account, as a JSON list. */}}
{{- define "regclean.collected.here" -}}
{{- $found := list -}}
{{- range (.Values.config).registries -}}
{{- if and .gc (eq (default "" (.gc).runner) "kubernetes") (not (.gc).kubeconfig) -}}
{{- $found = append $found . -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Whether gc and sweep speak to the cluster: the text "true", or nothing. */}}
{{- define "regclean.cluster.used" -}}
{{- if include "regclean.collected.here" . | fromJsonArray }}true{{ end -}}
{{- end -}}

{{/* The rules of one registry's Role: (dict "root" $ "gc" its settings) */}}
{{- define "regclean.collector.rules" -}}
{{- $all := .root.Files.Get "files/gc-kubernetes-rules.yaml" | fromYaml -}}
{{- $kind := index (splitList "/" .gc.workload) 0 -}}
{{- $name := index (splitList "/" .gc.workload) 1 -}}
{{- range $part := list "always" $kind (default "job" .gc.mode) }}
{{- range get $all $part }}
- apiGroups: {{ toJson .apiGroups }}
  resources: {{ toJson .resources }}
  {{- if .named }}
  resourceNames: [{{ $name | quote }}]
  {{- end }}
  verbs: {{ toJson .verbs }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The collectors' own secrets, and the account's token, for an hour at a time, where the client looks for it. */}}
{{- define "regclean.volumes.collectors" -}}
{{- range $index, $_ := .Values.registryCredentials.collectorSecrets }}
- name: collector-{{ $index }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- if include "regclean.cluster.used" . }}
- name: cluster
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3600}
      - configMap:
          name: kube-root-ca.crt
          items: [{key: ca.crt, path: ca.crt}]
      - downwardAPI:
          items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]
{{- end }}
{{- end -}}

{{- define "regclean.mounts.collectors" -}}
{{- range $index, $_ := .Values.registryCredentials.collectorSecrets }}
- name: collector-{{ $index }}
  mountPath: /etc/regclean/collector/{{ . }}
  readOnly: true
{{- end }}
{{- if include "regclean.cluster.used" . }}
- name: cluster
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end }}
{{- end -}}
