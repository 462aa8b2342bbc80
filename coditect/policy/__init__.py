"""Policy: rules of policies/ over a captured graph.

from coditect.policy import evaluate
result = evaluate(graph, today=date.today())
result.findings, result.unknowns, result.applied, result.is_clean
"""

from coditect.policy.evaluate import Result, evaluate

__all__ = ["Result", "evaluate"]
