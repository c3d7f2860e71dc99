/// What both roles tell of themselves over HTTP: health for the kubelet, figures for Prometheus.
package dev.socketcapacity.telemetry;
