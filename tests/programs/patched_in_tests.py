"""Tests of an application, which patch metrics, read values, and have a registry each."""

import unittest
from unittest import mock

from aioprometheus import Counter, Histogram, Registry, count_exceptions, inprogress, render, timer
from aioprometheus.collectors import Gauge, Summary

requests = Counter("requests_total", "Requests")
busy = Gauge("busy", "Requests under way")
times = Summary("request_seconds", "Seconds")
failures = Counter("failures_total", "Failures")


@timer(times, {"path": "/"})
@inprogress(busy, {"path": "/"})
@count_exceptions(failures, {"path": "/"})
async def handle(fail=False):
    requests.inc({"path": "/", "fail": fail})
    if fail:
        raise RuntimeError("failed")
    return busy.get({"path": "/"})


class HandleTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        for metric in (requests, busy, times, failures):
            metric.values.clear()

    async def test_counts(self):
        self.assertEqual(await handle(), 1)
        self.assertEqual(requests.get({"path": "/", "fail": False}), 1)
        self.assertEqual(busy.get({"path": "/"}), 0)
        self.assertEqual(times.get({"path": "/"})["count"], 1)
        with self.assertRaises(KeyError):
            failures.get({"path": "/"})

    async def test_failures(self):
        with self.assertRaises(RuntimeError):
            await handle(fail=True)
        self.assertEqual(failures.get_value({"path": "/"}), 1)
        self.assertEqual(len(requests.values), 1)

    async def test_calls(self):
        with mock.patch.object(requests, "inc") as inc:
            await handle()
        inc.assert_called_once_with({"path": "/", "fail": False})
        self.assertEqual(requests.get_all(), [])

    async def test_spy(self):
        with mock.patch.object(requests, "inc", wraps=requests.inc) as inc:
            await handle()
            await handle()
        self.assertEqual(inc.call_count, 2)
        self.assertEqual([value for _, value in requests.get_all()], [2])

    def test_stand_in(self):
        counter = mock.Mock(spec=Counter)
        counter.inc({})
        self.assertIsInstance(counter, Counter)
        self.assertTrue(counter.inc.called)

    def test_registry_of_its_own(self):
        registry = Registry()
        sizes = Histogram("sizes", "Sizes", registry=registry, buckets=[1.0])
        sizes.observe({}, 0.5)
        with self.assertRaisesRegex(ValueError, "A collector for sizes is already registered"):
            Counter("sizes", "Sizes", registry=registry)
        self.assertIn(b'sizes_bucket{le="1.0"} 1.0', render(registry, [])[0])


result = unittest.TextTestRunner(stream=mock.Mock()).run(
    unittest.defaultTestLoader.loadTestsFromTestCase(HandleTest)
)
print(result.testsRun, [text for _, text in result.failures + result.errors])
