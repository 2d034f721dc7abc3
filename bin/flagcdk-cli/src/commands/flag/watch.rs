//! `flagcdk flag watch`

use std::time::{Duration, Instant};

use flag_model::{FlagId, Version};
use flag_operator::{Sight, Sighting};
use flagcdk_assembly::Region;
use serde_json::{Value, json};

use super::args::Watch;
use super::system::{System, now};
use crate::failure::Failure;
use crate::ui;
use crate::ui::style::{BAD, CHANGE, DIM, GOOD, paint};

/// For how long a change is watched unless somebody says otherwise. Most arrive within two seconds.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Watches for the home region's newest version, or another, until every region has it.
pub(super) async fn run(system: &System, options: &Watch) -> Result<u8, Failure> {
    let version = match options.wanted {
        Some(version) => version,
        None => {
            let flag = flag_operator::get(&system.home(), &options.flag, None).await;
            flag.map_err(|error| system.failure(error))?.version
        }
    };
    until_there(system, &options.flag, version, &options.regions, Duration::from_secs(options.timeout)).await
}

/// Prints what is seen of each region. Exits with 4 if some region does not have the version in time.
pub(super) async fn until_there(
    system: &System,
    flag: &FlagId,
    version: Version,
    regions: &[Region],
    timeout: Duration,
) -> Result<u8, Failure> {
    let replicas = system.replicas(regions)?;
    let width = replicas.keys().map(String::len).max().unwrap_or_default();
    let mut watch = flag_operator::Watch::new(flag.clone(), version, replicas.keys().cloned());
    let begun = Instant::now();
    loop {
        for sighting in watch.look(&replicas, now).await {
            if system.json {
                ui::data(to_json(flag, &sighting).to_string());
            } else {
                ui::data(format!("{:width$}  {}", sighting.region, text(&sighting.sight)));
            }
        }
        if watch.is_done() {
            let regions = ui::plan::count(replicas.len(), "region");
            ui::say(format!("{} version {version} of {flag} is in {regions}", paint(GOOD, "done")));
            return Ok(0);
        }
        if begun.elapsed() >= timeout {
            let missing: Vec<_> = watch.pending().collect();
            ui::findings::error(
                &format!(
                    "version {version} of `{flag}` is not in {} after {} s",
                    missing.join(", "),
                    timeout.as_secs()
                ),
                Some("flag::not-there"),
                "look at the table's replicas with `aws dynamodb describe-table`, or run `flagcdk flag watch` again",
            );
            return Ok(4);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn text(sight: &Sight) -> String {
    match sight {
        Sight::Arrived { version, after } => {
            let after = after.map(|after| paint(DIM, format!(" {} after it was written", seconds(after))));
            format!("{} version {version}{}", paint(GOOD, "✓"), after.unwrap_or_default())
        }
        Sight::Behind { version } => format!("{} at version {version}", paint(CHANGE, "…")),
        Sight::Missing => format!("{} has no such flag", paint(CHANGE, "…")),
        Sight::Failed { problem } => format!("{} {problem}", paint(BAD, "✗")),
    }
}

fn seconds(milliseconds: i64) -> String {
    let tenths = milliseconds / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn to_json(flag: &FlagId, Sighting { region, sight }: &Sighting) -> Value {
    let mut json = match sight {
        Sight::Arrived { version, after } => {
            json!({ "state": "arrived", "version": version, "after_milliseconds": after })
        }
        Sight::Behind { version } => json!({ "state": "behind", "version": version }),
        Sight::Missing => json!({ "state": "missing" }),
        Sight::Failed { problem } => json!({ "state": "failed", "problem": problem }),
    };
    json["flag_id"] = json!(flag);
    json["region"] = json!(region);
    json
}
