"""Which resource providers a subscription has registered: all, but those that a seed takes away."""

from __future__ import annotations

from orchestration.sandbox.arm.catalogue import Catalogue
from orchestration.sandbox.arm.errors import ArmError, conflict, not_found
from orchestration.sandbox.arm.exchange import Answer, Question
from orchestration.sandbox.arm.ids import SUBSCRIPTIONS, ResourceId
from orchestration.sandbox.arm.registry import Body
from orchestration.sandbox.arm.store import Store

FACT = "unregistered"


class Registrations:
    """Answers `/subscriptions/S/providers…`."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self.store, self.namespaces = store, catalogue.namespaces
        self.types = catalogue.types

    def check(self, id_: ResourceId) -> None:
        """Raise 409 MissingSubscriptionRegistration unless the ID's provider is registered in its subscription."""
        if id_.subscription and id_.namespace.lower() in self._missing(id_.subscription):
            message = f"The subscription is not registered to use namespace '{id_.namespace}'."
            raise conflict("MissingSubscriptionRegistration", message, target=id_.namespace)

    def answer(self, scope: ResourceId | None, rest: tuple[str, ...], question: Question) -> Answer:
        """Return the providers, one of them, or one that is registered now."""
        if scope is None or scope.type != SUBSCRIPTIONS or len(rest) > 2:
            raise not_found("NotFound", f"There is nothing at '{question.path}'.")
        if self.store.get(scope) is None:
            raise not_found("SubscriptionNotFound", f"The subscription '{scope.name}' could not be found.")
        if question.method != ("POST" if len(rest) == 2 else "GET"):
            raise ArmError(405, "MethodNotAllowed", f"{question.method} is not allowed at '{question.path}'.")
        if not rest:
            return Answer(body={"value": [self._provider(scope.name, name) for name in sorted(self.namespaces)]})
        if rest[0].lower() not in self.namespaces:
            raise not_found("InvalidResourceNamespace", f"The resource namespace '{rest[0]}' is invalid.")
        if len(rest) == 2:
            left = sorted(self._missing(scope.name) - {rest[0].lower()})
            self.store.set_fact(FACT, {**self.store.fact(FACT), scope.name.lower(): left})
        return Answer(body=self._provider(scope.name, rest[0].lower()))

    def _missing(self, subscription: str) -> set[str]:
        return set(self.store.fact(FACT).get(subscription.lower(), ()))

    def _provider(self, subscription: str, name: str) -> Body:
        namespace = self.namespaces[name]
        types = [each for each in self.types.values() if each.namespace.lower() == name]
        return {
            "id": f"/subscriptions/{subscription}/providers/{namespace}",
            "namespace": namespace,
            "registrationState": "NotRegistered" if name in self._missing(subscription) else "Registered",
            "resourceTypes": [
                {
                    "resourceType": each.type.partition("/")[2],
                    "apiVersions": [*each.versions, *each.read_versions],
                    "locations": [],
                }
                for each in types
            ],
        }
