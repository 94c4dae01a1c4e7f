{{/* Figures for Prometheus: who tells them, and by which port. */}}

{{/* The Service of a component that is asked for figures: (dict "root" $ "component" "sweep" "port" 9090) */}}
{{- define "regclean.metrics.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "regclean.metadata" . | nindent 2 }}
spec:
  clusterIP: None
  ports:
    - {name: metrics, port: {{ int .port }}, targetPort: {{ .target }}, protocol: TCP}
  selector:
    {{- include "regclean.component.selector" . | nindent 4 }}
{{- end -}}

{{/* An ingress rule of a network policy: (dict "root" $ "port" "metrics") */}}
{{- define "regclean.metrics.ingress" -}}
- ports:
    - {protocol: TCP, port: {{ .port }}}
  {{- with .root.Values.metrics.from }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
