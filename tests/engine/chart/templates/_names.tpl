{{- define "selector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ toYaml .Values.global.commonLabels }}
{{- end }}

{{/* Ports by their names: of the receivers that have an endpoint, and of Zipkin, which no value takes away. */}}
{{- define "receivers" -}}
zipkin: 9411
{{- with .Values.tempo.receivers.otlp.protocols }}
otlp-grpc: {{ splitList ":" .grpc.endpoint | last }}
otlp-http: {{ splitList ":" .http.endpoint | last }}
{{- end }}
{{- with .Values.tempo.receivers.jaeger.protocols }}
{{- if .grpc.endpoint }}
jaeger-grpc: 14250
{{- end }}
{{- if .thrift_binary.endpoint }}
jaeger-binary: 6832
{{- end }}
{{- if .thrift_compact.endpoint }}
jaeger-compact: 6831
{{- end }}
{{- if .thrift_http.endpoint }}
jaeger-http: 14268
{{- end }}
{{- end }}
{{- end }}
