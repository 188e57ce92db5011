"""Kustomization files, as far as control planes use them; anything else in one is named, never ignored
(https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/)."""

from orchestration.kalypso.kustomize.build import Built, build, folders, inside, is_kustomization

__all__ = ["Built", "build", "folders", "inside", "is_kustomization"]
