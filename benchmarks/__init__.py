"""What the product costs, beside a floor or a peer measured in the same run.

``python -m benchmarks`` measures and prints ratios; README.md says how to read them.
Absolute times mean nothing on a shared machine, and none is a goal here.
"""
