"""The text format of Prometheus: what a scraper reads is what was meant."""

from labeling.formats.prometheus import Gauge, Sample, write_gauges


def test_a_gauge_is_its_help_its_type_and_a_line_for_each_sample():
    gauge = Gauge("jobs", "Job rows by state.", [Sample(3, {"state": "due"}), Sample(0.5, {"state": "done"})])

    assert write_gauges([gauge]) == (
        "# HELP reviewapp_jobs Job rows by state.\n"
        "# TYPE reviewapp_jobs gauge\n"
        'reviewapp_jobs{state="due"} 3\n'
        'reviewapp_jobs{state="done"} 0.5\n'
    )


def test_a_number_keeps_all_its_digits():
    text = write_gauges([Gauge("web_resident_bytes", "Memory.", [Sample(123_456_789)])])

    assert text.endswith("\nreviewapp_web_resident_bytes 123456789\n")


def test_a_label_cannot_end_its_quotes_or_its_line():
    text = write_gauges([Gauge("jobs", "Jobs.", [Sample(1, {"name": 'a"} 1\nb\\'})])])

    assert text.endswith('reviewapp_jobs{name="a\\"} 1\\nb\\\\"} 1\n')
    assert text.count("\n") == 3
