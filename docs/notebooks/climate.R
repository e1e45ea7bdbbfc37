# Posts about climate per week and hashtag: from the SQLite export of the default study to a figure.
#
#   ttdata export --to sqlite
#   Rscript -e 'install.packages(c("DBI", "RSQLite"))'
#   Rscript climate.R exports/climate/dataset.sqlite climate.svg

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 2) arguments <- c("exports/climate/dataset.sqlite", "climate.svg")

# Ids are texts, so R rounds none of them; times are UTC.
connection <- DBI::dbConnect(RSQLite::SQLite(), arguments[1])
about <- DBI::dbReadTable(connection, "_about")
videos <- DBI::dbGetQuery(connection, "SELECT id, create_time, username FROM videos")
hashtags <- DBI::dbGetQuery(connection, "SELECT video_id, hashtag FROM video_hashtags")
DBI::dbDisconnect(connection)

note <- about$value[about$name == "note"]
cat(if (length(note)) note else "Data from TikTok's Research API.", "\n")
cat(nrow(videos), "videos of", length(unique(videos$username)), "accounts\n")

# Weeks begin on Monday.
day <- as.Date(substr(videos$create_time, 1, 10))
videos$week <- day - (as.integer(format(day, "%u")) - 1)
top <- names(sort(table(hashtags$hashtag), decreasing = TRUE))[1:5]
rows <- merge(hashtags[hashtags$hashtag %in% top, ], videos, by.x = "video_id", by.y = "id")
weekly <- table(rows$week, factor(rows$hashtag, levels = top))
print(weekly)

svg(arguments[2], width = 8, height = 4.5)
par(mar = c(6, 4, 3, 9), xpd = TRUE)  # room for the note below and the legend on the right
matplot(as.Date(rownames(weekly)), weekly, type = "b", pch = 1, lty = 1, col = seq_along(top), xaxt = "n",
        xlab = "week (UTC)", ylab = "videos", main = "Videos per week, by hashtag", ylim = c(0, max(weekly)))
axis.Date(1, as.Date(rownames(weekly)))
legend("right", top, inset = c(-0.28, 0), col = seq_along(top), lty = 1, bty = "n")
if (length(note)) mtext(note, side = 1, line = 4, adj = 0, cex = 0.7)
invisible(dev.off())
