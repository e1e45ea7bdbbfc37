"""Scenarios that a user writes, checked against the quirks and endpoints that exist, which faults.py does not know."""

import fnmatch

import yaml

from mockserver.behaviours.faults import Scenario, ScenarioError, read_scenario, scenarios
from mockserver.behaviours.quirks import read_quirks
from mockserver.endpoints.table import BY_NAME


def checked_scenario(content: object) -> Scenario:
    """A scenario as YAML or JSON has it, with quirks and endpoints that exist. Raises ScenarioError."""
    scenario = read_scenario(content)
    try:
        read_quirks(scenario.quirks)
    except ValueError as error:
        raise ScenarioError(str(error)) from None
    for plan in scenario.plans:
        if not fnmatch.filter(BY_NAME, plan.endpoint):
            raise ScenarioError(f"unknown endpoint {plan.endpoint[:40]!r}; available: {', '.join(BY_NAME)}")
    return scenario


def add_scenarios(text: str) -> dict[str, Scenario]:
    """Add scenarios from YAML, each with `faults` and `quirks` under its name. Raises ScenarioError, and adds none."""
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        raise ScenarioError(f"it is not YAML: {error}") from None
    except RecursionError:
        raise ScenarioError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ScenarioError("the file must map names to scenarios")
    added = {str(name): checked_scenario(scenario) for name, scenario in content.items()}
    scenarios().update({str(name): {"about": "added"} | scenario for name, scenario in content.items()})
    return added
