"""The statements that store calls and their sums. Column lists stand here once; nothing of a sender is put in."""

from workloads.calc import rollup
from workloads.queries.prices import VERSIONS

CALL_KEY = "workload_id, started_at, trace_id, span_id"
# Of a call, in the order of a COPY line.
COLUMNS = """workload_id, received_at, started_at, trace_id, span_id,
  operation, provider, model, environment, cost_centre, dialect,
  input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, latency_ms, ttft_ms, is_error,
  error_type, is_retry, clamped, counted, is_batch, cost, cost_source, prompt_name, prompt_version, release, service,
  user_key, business_key"""
STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS stage_call (
  workload_id bigint, received_at timestamptz, started_at timestamptz, trace_id text, span_id text,
  operation text, provider text, model text, environment text, cost_centre text, dialect text,
  input_tokens bigint, output_tokens bigint, cached_tokens bigint, cache_write_tokens bigint,
  reasoning_tokens bigint, latency_ms bigint, ttft_ms bigint, is_error boolean, error_type text,
  is_retry boolean, clamped boolean, counted boolean, is_batch boolean, cost numeric,
  cost_source text, prompt_name text, prompt_version text, release text, service text, user_key text, business_key text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS stage_content (
  workload_id bigint, started_at timestamptz, trace_id text, span_id text, content_in text, content_out text
) ON COMMIT DELETE ROWS
"""
# Holds a workload; the versions of the prices that rule its calls come with it.
HOLD = f"SELECT {VERSIONS} FROM workloads_workload AS w WHERE id = %s FOR KEY SHARE OF w"  # noqa: S608
# An outer transaction may have stored a chunk before, and the stage is emptied by commit only.
EMPTY_STAGE = f"{STAGE}; DELETE FROM stage_call; DELETE FROM stage_content"  # noqa: S608
CONTENT = "workload_id, started_at, trace_id, span_id, content_in, content_out"
COPY_CALLS, STAGE_CALLS = (f"COPY {t} ({COLUMNS}) FROM STDIN" for t in ("workloads_call", "stage_call"))
COPY_CONTENT, STAGE_CONTENT = (
    f"COPY {table} ({CONTENT}) FROM STDIN" for table in ("workloads_callcontent", "stage_content")
)

# Which of the calls sent are there, by their place among them, the first is 1. Times and ids come as one text each.
# The limit keeps it to one look by the key for each: a join is planned anew each time, and badly where the table has
# grown since it was last analysed.
THERE = """
SELECT place FROM unnest(
  string_to_array(%s, ',')::timestamptz[], string_to_array(%s, ','), string_to_array(%s, ',')
) WITH ORDINALITY AS sent (at, trace, span, place)
CROSS JOIN LATERAL (
  SELECT FROM workloads_call WHERE workload_id = %s AND started_at = at AND trace_id = trace AND span_id = span LIMIT 1
) AS there
"""
KIND = rollup.KIND
SUM_KEY = f"hour, {', '.join(KIND)}"
# Senders wait for each other in one order, which must not hang on the language of a database.
SUM_ORDER = ", ".join(["hour", *(f'{name} COLLATE "C"' for name in KIND)])
# Sums of UsageHour: those of plain columns, calls of a kind, and cost by where it comes from.
PLAIN = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cached_tokens": "cached_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "latency_ms_sum": "latency_ms",
}
COUNTS = {
    "errors": "is_error",
    "retries": "is_retry",
    "unpriced_calls": "cost IS NULL",
    "upper_bound_calls": "cost_source = 'upper_bound'",
}
COSTS = {
    "client_cost_usd": "client",
    "list_cost_usd": "list",
    "own_cost_usd": "own",
    "upper_bound_cost_usd": "upper_bound",
}
SUMS = ("calls", "cost_usd", *PLAIN, *COUNTS, *COSTS)
# As in workloads.calc.sketch, which says what an entry is.
BUCKET = "CASE WHEN latency_ms < 1 THEN 0 ELSE 1 + ceil(ln(latency_ms) / ln(1.01::float8 / 0.99))::bigint END"
# Entries of one bucket are put together only where a sketch is longer than this, and then with one call in so many:
# it takes longer than adding the call. Readers add them up anyway.
LOOSE_ENTRIES, EACH_CALLS = 128, 32


_MERGED = f"""CASE
      WHEN cardinality(total.latency_sketch) + cardinality(excluded.latency_sketch) <= {LOOSE_ENTRIES}
        OR total.calls / {EACH_CALLS} = (total.calls + excluded.calls) / {EACH_CALLS}
      THEN excluded.latency_sketch || total.latency_sketch
      ELSE (
        SELECT coalesce(array_agg((bucket << 40) + calls ORDER BY bucket), '{{}}') FROM (
          SELECT abs(entry) >> 40 AS bucket, sum(sign(entry) * (abs(entry) & 1099511627775))::bigint AS calls
          FROM unnest(total.latency_sketch || excluded.latency_sketch) AS entry GROUP BY 1
        ) AS entries WHERE calls > 0
      ) END"""


def _parts(sign: str) -> str:
    """Sums over the rows of one bucket of one group; `sign` is the column that says whether a row comes or goes."""
    one, signed = (f"sum({sign})", f"{sign} * ") if sign else ("count(*)", "")
    parts = [f"{one} AS calls", f"coalesce(sum({signed}cost), 0) AS cost_usd"]
    parts += [f"sum({signed}{column}) AS {name}" for name, column in PLAIN.items()]
    parts += [f"coalesce({one} FILTER (WHERE {which}), 0) AS {name}" for name, which in COUNTS.items()]
    parts += [
        f"coalesce(sum({signed}cost) FILTER (WHERE cost_source = '{source}'), 0) AS {name}"
        for name, source in COSTS.items()
    ]
    return ",\n      ".join(parts)


_SUM_COLUMNS = f"workload_id, {SUM_KEY}, {', '.join(SUMS)}, latency_sketch"
_ADDED = f"""ON CONFLICT (workload_id, {SUM_KEY}) DO UPDATE SET
    {", ".join(f"{name} = total.{name} + excluded.{name}" for name in SUMS)},
    latency_sketch = {_MERGED}"""
# Sums that workloads.calc.rollup has made, in the order of their keys; shorter columns are all zeros.
_MADE = {name: "numeric" if name.endswith("_usd") else "bigint" for name in rollup.NAMES}
_LISTS = ", ".join(f"%({name})s::{kind}[]" for name, kind in _MADE.items())
ADD_SUMS = f"""
INSERT INTO workloads_usagehour AS total (
  workload_id, hour, {", ".join(KIND)}, {", ".join(_MADE)}, cost_usd, latency_sketch)
SELECT %(workload)s, to_timestamp(at), {", ".join(f"(%({name})s::text[])[kind]" for name in KIND)},
  {", ".join(f"coalesce({name}, 0)" for name in _MADE)}, {" + ".join(f"coalesce({name}, 0)" for name in COSTS)},
  sketch::bigint[]
FROM unnest(%(hours)s::bigint[], %(kinds)s::int[], {_LISTS}, %(sketches)s::text[])
  AS made (at, kind, {", ".join(_MADE)}, sketch)
{_ADDED}"""  # noqa: S608


def _summed(rows: str, sign: str = "") -> str:
    """Adds rows to the sums, in key order, so that senders wait for each other and never in a circle."""
    entry = "sign(calls)::bigint * ((bucket << 40) + abs(calls)::bigint)"
    return f"""
  INSERT INTO workloads_usagehour AS total ({_SUM_COLUMNS})
  SELECT %(workload)s, {SUM_KEY}, {", ".join(f"sum({name})" for name in SUMS)},
    coalesce(array_agg({entry}) FILTER (WHERE calls <> 0), '{{}}')
  FROM (
    SELECT date_trunc('hour', started_at, 'UTC') AS hour, provider, model, operation, environment, cost_centre,
      {BUCKET} AS bucket,
      {_parts(sign)}
    FROM {rows} WHERE counted GROUP BY 1, 2, 3, 4, 5, 6, 7
  ) AS parts
  GROUP BY {SUM_KEY} ORDER BY {SUM_ORDER}
  {_ADDED}"""


# What the sums need of a row.
_NEEDED = """started_at, provider, model, operation, environment, cost_centre, input_tokens, output_tokens,
    cached_tokens, cache_write_tokens, reasoning_tokens, latency_ms, is_error, is_retry, cost, cost_source"""
_FRESH = f"""
WITH fresh AS (
  INSERT INTO workloads_call ({COLUMNS}) SELECT {COLUMNS} FROM stage_call
  ON CONFLICT ({CALL_KEY}) DO NOTHING
  RETURNING {_NEEDED}, counted
)"""
# One statement: what is summed is what was inserted, so the sums are exact under duplicates by construction.
MERGE = f"""{_FRESH}, summed AS ({_summed("fresh")})
SELECT count(*) FROM fresh"""  # noqa: S608  only our own column names are put in
_GONE = f"""gone AS (
  UPDATE workloads_call SET counted = false
  FROM unnest(%(times)s::timestamptz[], %(traces)s::text[], %(spans)s::text[]) AS better (at, trace, span)
  WHERE workload_id = %(workload)s AND started_at = at AND trace_id = trace AND span_id = span AND counted
  RETURNING {_NEEDED}
)"""
# The same, and calls that another span now reports better leave the sums.
MERGE_AND_TAKE_OUT = f"""{_FRESH}, {_GONE}, moved AS (
  SELECT {_NEEDED}, counted, 1 AS come FROM fresh UNION ALL SELECT {_NEEDED}, true, -1 FROM gone
), summed AS ({_summed("moved", "come")})
SELECT count(*) FROM fresh"""  # noqa: S608
TAKE_OUT = f"""WITH {_GONE}, moved AS (
  SELECT {_NEEDED}, true AS counted, -1 AS come FROM gone
), summed AS ({_summed("moved", "come")})
SELECT count(*) FROM gone"""  # noqa: S608
# The sums of all calls of a workload, where there are none yet.
_MINE = f"(SELECT {_NEEDED}, counted FROM workloads_call WHERE workload_id = %(workload)s) AS mine"  # noqa: S608
SUM_ALL = _summed(_MINE)
KEEP_CONTENT = f"""
INSERT INTO workloads_callcontent ({CONTENT}) SELECT {CONTENT} FROM stage_content
ON CONFLICT ({CALL_KEY}) DO NOTHING"""  # noqa: S608
