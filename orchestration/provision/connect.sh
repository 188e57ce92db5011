#!/usr/bin/env bash
# Connects the Kubernetes cluster of this machine to Azure Arc as @cluster@, for the fleet @fleet@.
#
# Run it as root on the machine at the edge; running it again is safe. It signs in with the machine's
# managed identity, or as a service principal if the first two of these are set:
#   EWO_CLIENT_ID             the principal's application id
#   EWO_CLIENT_SECRET_FILE    a file that holds its secret
#   EWO_CONNECTEDK8S_VERSION  the version of the CLI extension to use; 1.10 or later
# The principal needs the role "Kubernetes Cluster - Azure Arc Onboarding" on the resource group.
set -euo pipefail
umask 077

fleet=@fleet@
cluster=@cluster@
resource_group=@resource_group@
subscription=@subscription@
cloud=@cloud@
tenant=@tenant@
location=@location@
distribution=@distribution@
install=@install@
custom_locations_oid=@custom_locations_oid@
resource_id=@resource_id@
root="${EWO_ROOT:-}"

say() { printf '%s: %s\n' "$cluster" "$*" >&2; }

stop() {
  say "$1"
  exit 1
}

need() {
  command -v "$1" >/dev/null || stop "$1 is not installed here: $2"
}

install_k3s() {
  if command -v k3s >/dev/null && k3s --version >/dev/null 2>&1; then
    say "k3s is there"
    return
  fi
  need curl "install it with the system's package manager"
  say "installing k3s"
  mkdir -p "$root/var/tmp"
  curl -fsSL --output "$root/var/tmp/install-k3s.sh" https://get.k3s.io
  sh "$root/var/tmp/install-k3s.sh"
}

sign_in() {
  az cloud set --name "$cloud" --only-show-errors
  if [ -n "${EWO_CLIENT_ID:-}" ]; then
    [ -r "${EWO_CLIENT_SECRET_FILE:-}" ] || stop "set EWO_CLIENT_SECRET_FILE to a file that holds the secret of EWO_CLIENT_ID"
    az login --service-principal --tenant "$tenant" --username "$EWO_CLIENT_ID" \
      --password "@$EWO_CLIENT_SECRET_FILE" --output none
  else
    az login --identity --output none || stop "this machine has no managed identity: set EWO_CLIENT_ID and EWO_CLIENT_SECRET_FILE"
  fi
  az account set --subscription "$subscription"
}

connected_as() {
  kubectl --namespace azure-arc get configmap azure-clusterconfig --ignore-not-found \
    --output "jsonpath={.data.AZURE_RESOURCE_GROUP}/{.data.AZURE_RESOURCE_NAME}"
}

connect() {
  local present wanted="$resource_group/$cluster"
  present="$(connected_as)"
  case "${present,,}" in # Azure does not tell upper from lower case
    "${wanted,,}") say "connected already" && return ;;
    "" | "/") ;;
    *) stop "this cluster is connected as $present: disconnect it with 'az connectedk8s delete' first" ;;
  esac
  local version=()
  if [ -n "${EWO_CONNECTEDK8S_VERSION:-}" ]; then
    version=(--version "$EWO_CONNECTEDK8S_VERSION" --upgrade)
  fi
  az extension add --name connectedk8s "${version[@]}" --only-show-errors
  local features=()
  if [ -n "$custom_locations_oid" ]; then
    features=(--custom-locations-oid "$custom_locations_oid")
  fi
  say "connecting to Azure Arc"
  az connectedk8s connect --name "$cluster" --resource-group "$resource_group" --location "$location" \
    --distribution "$distribution" --enable-oidc-issuer --enable-workload-identity \
    --tags "ewo-fleet=$fleet" "${features[@]}" --output none
}

trust_issuer() {
  local issuer
  issuer="$(az connectedk8s show --name "$cluster" --resource-group "$resource_group" \
    --query oidcIssuerProfile.issuerUrl --output tsv)"
  if [ -z "$issuer" ] || [ "$distribution" != k3s ]; then
    return 0
  fi
  local folder="$root/etc/rancher/k3s/config.yaml.d"
  local wanted
  wanted="$(printf 'kube-apiserver-arg+:\n  - service-account-issuer=%s\n  - service-account-max-token-expiration=24h\n' "$issuer")"
  if [ -r "$folder/ewo-arc.yaml" ] && [ "$(cat "$folder/ewo-arc.yaml")" = "$wanted" ]; then
    return 0
  fi
  mkdir -p "$folder"
  printf '%s\n' "$wanted" >"$folder/ewo-arc.yaml"
  say "restarting k3s to trust the issuer"
  systemctl restart k3s
}

if [ "$install" = yes ] && [ "$distribution" = k3s ]; then
  install_k3s
fi
if [ -r "$root/etc/rancher/k3s/k3s.yaml" ]; then # where az would not look for it
  export KUBECONFIG="${KUBECONFIG:-$root/etc/rancher/k3s/k3s.yaml}"
fi
need az "see https://learn.microsoft.com/cli/azure/install-azure-cli-linux"
need kubectl "see https://kubernetes.io/docs/tasks/tools/"
sign_in
connect
trust_issuer
printf '{"id": "%s"}\n' "$resource_id"
