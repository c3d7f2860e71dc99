{{- define "socket-capacity.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "socket-capacity.operator" -}}
{{ include "socket-capacity.fullname" . }}-operator
{{- end }}

{{- define "socket-capacity.agent" -}}
{{ include "socket-capacity.fullname" . }}-agent
{{- end }}

{{- define "socket-capacity.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* What selects the pods of a component, for good: (list . "agent"). */}}
{{- define "socket-capacity.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ default $.Chart.Name $.Values.nameOverride }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- /* Labels of anything but pods: (list . "agent" "who makes it", default Helm). */}}
{{- define "socket-capacity.labels" -}}
{{- $ := index . 0 }}
{{- $own := include "socket-capacity.selector" . | fromYaml }}
{{- $_ := set $own "app.kubernetes.io/version" $.Chart.AppVersion }}
{{- $_ := set $own "app.kubernetes.io/managed-by" (len . | eq 3 | ternary (last .) $.Release.Service) }}
{{- merge $own (default dict $.Values.commonLabels) | toYaml }}
{{- end }}

{{- /* Labels of a component's pods: (list . "agent" .Values.agent). */}}
{{- define "socket-capacity.podLabels" -}}
{{- $ := index . 0 }}
{{- $own := include "socket-capacity.selector" . | fromYaml }}
{{- merge $own (default dict (last .).podLabels) (default dict $.Values.commonLabels) | toYaml }}
{{- end }}

{{- define "socket-capacity.nodeSelector" -}}
{{- merge (dict "kubernetes.io/os" "linux") (default dict .nodeSelector) | toYaml }}
{{- end }}

{{- /* Starts Java with a component's heap, as the image's entry point does without one. */}}
{{- define "socket-capacity.command" -}}
[java, -Xmx{{ .heap }}, -cp, "@/app/jib-classpath-file", "@/app/jib-main-class-file"]
{{- end }}
