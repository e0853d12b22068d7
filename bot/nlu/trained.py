"""What our components that learn have in common, as Rasa makes, trains and loads them."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage


class Saved(Protocol):
    """What has been learnt, as it is written down."""

    def save(self, folder: Path) -> None:
        """Write it into an empty folder."""


Learnt = TypeVar("Learnt", bound=Saved)
Own = TypeVar("Own", bound="Trained[Any]")


class Trained(GraphComponent, Generic[Learnt]):
    """A component that learns once and then only reads.

    Subclasses learn in `train` and end it with `keep`.
    """

    @classmethod
    def create(
        cls: type[Own],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Own:
        """See `GraphComponent.create`."""
        return cls(config, model_storage, resource)

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Learnt | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @staticmethod
    @abstractmethod
    def restore(folder: Path) -> Learnt:
        """What `save` wrote there. An unusable model is an error, not a silent nothing."""

    @classmethod
    def load(
        cls: type[Own],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Own:
        """See `GraphComponent.load`."""
        with model_storage.read_from(resource) as folder:
            model = cls.restore(folder)
        return cls(config, model_storage, resource, model)

    @property
    def learnt(self) -> Learnt:
        """What was learnt.

        Raises:
            RuntimeError: nothing was: the component was neither trained nor loaded.
        """
        if self._model is None:
            raise RuntimeError(f"{type(self).__name__} must be trained or loaded before use")
        return self._model

    def keep(self, model: Learnt) -> Resource:
        """Use the model from now on, and store it."""
        self._model = model
        with self._model_storage.write_to(self._resource) as folder:
            model.save(folder)
        return self._resource
