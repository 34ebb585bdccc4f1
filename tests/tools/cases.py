"""Case files to edit in tests: the default case written out, and a small one of a user's own with bare numbers."""

from model.case_file import load_case

SIX = load_case("six").text
OWN = """
name = "mine"
[window]
window_days = 60
extension_probability = 0.25
[[country]]
iso3 = "EU"
threatened_rate = 0.2
imports = 600
sector_share = 0.1
open_share = 0.25
priority = 2
flexibility_before = 0.5
flexibility_after = 0.75
ratification_before = 1
ratification_after = 1.0
floor_before = 0
floor_after = 0
date = 40
[[country.issue]]
name = "digital services tax"
hegemon_value = 4
domestic_cost = 2.5
"""
