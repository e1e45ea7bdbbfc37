"""Posts about climate per week and hashtag: from the SQLite export of the default study to a figure.

    ttdata export --to sqlite
    pip install pandas matplotlib
    python climate.py exports/climate/dataset.sqlite climate.png

Editors that know cells of this form (VS Code, Spyder, Jupyter with jupytext) show this file as a notebook.
"""

# %% Which files. In a notebook, change the two names.
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

arguments = sys.argv[1:] if len(sys.argv) == 3 else []
database, figure = map(Path, arguments or ("exports/climate/dataset.sqlite", "climate.png"))

# %% Load two tables. Ids are texts, so nothing rounds them; times are UTC.
with closing(sqlite3.connect(database)) as con:
    about = dict(con.execute("SELECT name, value FROM _about"))
    videos = pd.read_sql("SELECT id, create_time, username, view_count FROM videos", con)
    hashtags = pd.read_sql("SELECT video_id, hashtag FROM video_hashtags", con)

print(about.get("note", "Data from TikTok's Research API."))
print(f"{len(videos):,} videos of {videos['username'].nunique():,} accounts, digest {about['digest'][:12]}")

# %% Weeks begin on Monday (UTC).
times = pd.to_datetime(videos["create_time"], utc=True, format="ISO8601").dt.tz_localize(None)
videos["week"] = times.dt.to_period("W").dt.start_time
top = hashtags["hashtag"].value_counts().head(5).index
rows = hashtags[hashtags["hashtag"].isin(top)].merge(videos, left_on="video_id", right_on="id")
weekly = rows.pivot_table(index="week", columns="hashtag", values="id", aggfunc="nunique", fill_value=0)[list(top)]
print(weekly.to_string())

# %% The figure.
axes = weekly.plot(figsize=(8, 4), marker="o")
axes.set(xlabel="week (UTC)", ylabel="videos", ylim=(0, None), title="Videos per week, by hashtag")
axes.legend(title=None, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
axes.figure.text(0.1, -0.05, about.get("note", ""), fontsize="small")
axes.figure.savefig(figure, dpi=150, bbox_inches="tight")
plt.close(axes.figure)
