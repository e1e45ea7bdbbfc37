"""Scenarios of the user's own: held to the quirks and the endpoints that there are, which faults.py does not know."""

import fnmatch

import yaml

from mockserver.behaviours.faults import Scenario, ScenarioError, read_scenario, ready_made
from mockserver.behaviours.quirks import read_quirks
from mockserver.endpoints.table import BY_NAME


def own_scenario(content: object) -> Scenario:
    """A scenario as it stands in YAML; its quirks and endpoints exist. Raises ScenarioError."""
    scenario = read_scenario(content)
    try:
        read_quirks(scenario.quirks)
    except ValueError as error:
        raise ScenarioError(str(error)) from None
    for plan in scenario.plans:
        if not fnmatch.filter(BY_NAME, plan.endpoint):
            raise ScenarioError(f"there is no endpoint {plan.endpoint[:40]!r}; there are {', '.join(BY_NAME)}")
    return scenario


def add_scenarios(text: str) -> dict[str, Scenario]:
    """Add scenarios from YAML: names, each with `faults` and `quirks`; all or none. Raises ScenarioError."""
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that there is not
        raise ScenarioError(f"it is not YAML: {error}") from None
    except RecursionError:
        raise ScenarioError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ScenarioError("scenarios stand under their names")
    scenarios = {str(name): own_scenario(scenario) for name, scenario in content.items()}
    ready_made().update({str(name): {"about": "added"} | scenario for name, scenario in content.items()})
    return scenarios
