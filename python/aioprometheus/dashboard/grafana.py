"""Panels, rows and variables as Grafana's own models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heatmap_models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from .layout import Place, place
from .panel import Panel, Query, Row

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
"""The data source, which a variable of the dashboard chooses."""

_Builder: TypeAlias = (
    timeseries.Panel | heatmap.Panel | stat.Panel | statetimeline.Panel | table.Panel
)


def make_model(
    rows: Sequence[Row],
    *,
    title: str,
    uid: str,
    job: str | None,
    metric: str,
    interval: str | None,
) -> models.Dashboard:
    """Return the dashboard.

    :param rows: Its rows.
    :param title: Its title.
    :param uid: Its identifier.
    :param job: The job that is chosen at first; None for all.
    :param metric: The selector of a metric, of which jobs and instances are known.
    :param interval: The smallest step of its queries.
    """
    builder = (
        dashboard.Dashboard(title)
        .uid(uid)
        .tags(["aioprometheus"])
        .annotations([])
        .time("now-1h", "now")
        .refresh("30s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        .with_variable(_variable("job", "Job", f"label_values({metric}, job)", job))
        .with_variable(
            _variable(
                "instance",
                "Instance",
                f"label_values({_narrowed(metric)}, instance)",
                None,
            )
        )
    )
    number = 0
    for row, head, panels in place(rows):
        number += 1
        builder.with_row(dashboard.Row(row.title).id(number).grid_pos(_grid(head)))
        for panel, where in panels:
            number += 1
            builder.with_panel(_panel(panel, interval).id(number).grid_pos(_grid(where)))
    return builder.build()


def _narrowed(metric: str) -> str:
    """The selector, of the jobs that are chosen."""
    inside = 'job=~"$job"'
    return f"{metric[:-1]},{inside}}}" if metric.endswith("}") else f"{metric}{{{inside}}}"


def _variable(name: str, label: str, query: str, chosen: str | None) -> dashboard.QueryVariable:
    option = models.VariableOption(
        selected=True,
        text=[chosen] if chosen else ["All"],
        value=[chosen] if chosen else ["$__all"],
    )
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(option)
    )


def _grid(where: Place) -> models.GridPos:
    return models.GridPos(x=where.x, y=where.y, w=where.width, h=where.height)


def _panel(panel: Panel, interval: str | None) -> Any:
    builder: Any = _STYLES[panel.style](panel)
    builder.title(panel.title).datasource(SOURCE)
    if panel.description:
        builder.description(panel.description)
    if interval is not None:
        builder.interval(interval)
    for number, query in enumerate(panel.queries):
        builder.with_target(_target(query, panel, chr(ord("A") + number)))
    return builder


def _target(query: Query, panel: Panel, name: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expression).ref_id(name).datasource(SOURCE)
    if query.legend:
        target.legend_format(query.legend)
    if query.instant:
        target.instant()
    else:
        target.range()
    if query.exemplars:
        target.exemplar(True)
    if query.heatmap:
        target.format(PromQueryFormat.HEATMAP)
    elif panel.style == "table":
        target.format(PromQueryFormat.TABLE)
    else:
        target.format(PromQueryFormat.TIME_SERIES)
    return target


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    steps = [models.Threshold(value=None, color="green")]
    if panel.limits is not None:
        warning, alarm = panel.limits
        if warning < alarm:
            colors = (("orange", warning), ("red", alarm))
        else:
            steps = [models.Threshold(value=None, color="red")]
            colors = (("orange", alarm), ("green", warning))
        steps += [models.Threshold(value=value, color=color) for color, value in colors]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _lines(panel: Panel) -> timeseries.Panel:
    builder = (
        timeseries.Panel()
        .unit(panel.unit)
        .line_width(1)
        .fill_opacity(8)
        .show_points(common_models.VisibilityMode.AUTO)
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_models.TooltipDisplayMode.MULTI)
            .sort(common_models.SortOrder.DESCENDING)
        )
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
        )
        .thresholds(_thresholds(panel))
    )
    if panel.limits is not None:
        style = common_models.GraphThresholdsStyleMode.DASHED
        builder.thresholds_style(common.GraphThresholdsStyleConfig().mode(style))
    if panel.lowest is not None:
        builder.axis_soft_min(panel.lowest)
    if panel.highest is not None:
        builder.axis_soft_max(panel.highest)
    for pattern, color in panel.colors.items():
        shades = {"mode": "shades", "fixedColor": color}
        builder.override_by_regexp(
            f"/{pattern}/", [models.DynamicConfigValue(id_val="color", value=shades)]
        )
    return builder


def _stack(panel: Panel) -> timeseries.Panel:
    stacking = common.StackingConfig().mode(common_models.StackingMode.NORMAL)
    return _lines(panel).stacking(stacking).fill_opacity(40)


def _heatmap(panel: Panel) -> heatmap.Panel:
    return (
        heatmap.Panel()
        .calculate(False)
        .color(
            heatmap.HeatmapColorOptions()
            .mode(heatmap_models.HeatmapColorMode.SCHEME)
            .scheme("Oranges")
            .scale(heatmap_models.HeatmapColorScale.EXPONENTIAL)
            .exponent(0.5)
            .steps(64)
            .fill("dark-orange")
        )
        .cell_gap(1)
        .cell_values(heatmap.CellValues().unit("cps"))
        .y_axis(heatmap.YAxisConfig().unit(panel.unit))
        .show_legend()
        .mode(common_models.TooltipDisplayMode.SINGLE)
        .show_y_histogram()
    )


_NOTHING = models.SpecialValueMap(
    options=models.DashboardSpecialValueMapOptions(
        match=models.SpecialValueMatch.NULL_AND_NAN,
        result=models.ValueMappingResult(text="no requests", color="text"),
    )
)
"""What stands for a part or a quantile of no requests."""


def _stat(panel: Panel) -> stat.Panel:
    return (
        stat.Panel()
        .unit(panel.unit)
        .reduce_options(common.ReduceDataOptions().calcs(["last"]))
        .mappings([_NOTHING])
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .color_mode(common_models.BigValueColorMode.VALUE)
        .thresholds(_thresholds(panel))
    )


def _states(panel: Panel) -> statetimeline.Panel:
    results = {
        "0": models.ValueMappingResult(text="no", color="transparent", index=0),
        "1": models.ValueMappingResult(text="yes", color="blue", index=1),
    }
    return (
        statetimeline.Panel()
        .mappings([models.ValueMap(options=results)])
        .show_value(common_models.VisibilityMode.NEVER)
        .merge_values(True)
        .row_height(0.8)
        .fill_opacity(70)
        .line_width(0)
        .legend(common.VizLegendOptions().show_legend(False))
    )


def _table(panel: Panel) -> table.Panel:
    # What is the same in each row, or says nothing.
    hidden = {"Time": True, "Value": True, "__name__": True}
    return table.Panel().with_transformation(
        models.DataTransformerConfig(id_val="organize", options={"excludeByName": hidden})
    )


_STYLES: dict[str, Callable[[Panel], _Builder]] = {
    "lines": _lines,
    "stack": _stack,
    "heatmap": _heatmap,
    "stat": _stat,
    "states": _states,
    "table": _table,
}
