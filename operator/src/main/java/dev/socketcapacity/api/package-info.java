/// The two kinds of `socketcapacity.dev/v1beta1`, as records. What is written here is the manual: the CRDs in `crds/`
/// and `kubectl explain` are generated from it. A field is here when it works.
package dev.socketcapacity.api;
