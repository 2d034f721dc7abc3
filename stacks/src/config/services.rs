//! The services that flags go to.

use std::collections::BTreeMap;

use flagcdk::SettingsReader;
use flagcdk::patterns::{FlagFunctions, Services};

use super::DEFAULT_SERVICES;

/// The most services.
const MAX_SERVICES: usize = 1000;

/// The most characters of a queue's name.
const MAX_QUEUE_NAME: usize = 80;

/// The most services that one stack has room for.
const MAX_PER_SHARD: usize = 100;

pub(super) fn read(reader: &mut SettingsReader<'_>, name_prefix: &str) -> Services {
    let count = reader.integer("service_count");
    let names = reader.texts("services");
    let shards = read_shards(reader);
    match (count, names) {
        (count, Some(names)) => named(reader, names, count, shards, name_prefix),
        (count, None) => {
            if shards.is_some() {
                reader.error(
                    "config::fanout-shards",
                    "fanout_shards",
                    "numbered services need no `fanout_shards`: their shards have a constant size",
                    "remove the setting, or give names by `services = [\"…\"]`",
                );
            }
            numbered(reader, count)
        }
    }
}

fn numbered(reader: &mut SettingsReader<'_>, count: Option<i64>) -> Services {
    let Some(got) = count else { return Services::numbered(DEFAULT_SERVICES) };
    match usize::try_from(got) {
        Ok(count @ 1..=MAX_SERVICES) => Services::numbered(count),
        _ => {
            let message = format!("`service_count` is {got}, wanted 1 to {MAX_SERVICES}");
            reader.error("config::service-count", "service_count", message, format!("choose from 1 to {MAX_SERVICES}"));
            Services::numbered(1)
        }
    }
}

fn named(
    reader: &mut SettingsReader<'_>,
    names: Vec<String>,
    count: Option<i64>,
    shards: Option<usize>,
    name_prefix: &str,
) -> Services {
    if count.is_some_and(|count| usize::try_from(count) != Ok(names.len())) {
        reader.error(
            "config::service-count",
            "service_count",
            format!("`service_count` is {}, but `services` has {} names", count.unwrap_or_default(), names.len()),
            "remove `service_count`: the names are counted",
        );
    }
    if !(1..=MAX_SERVICES).contains(&names.len()) {
        let message = format!("`services` has {} names, wanted 1 to {MAX_SERVICES}", names.len());
        let help = "list the services, or remove the setting for numbered ones";
        reader.error("config::service-count", "services", message, help);
    }
    check_names(reader, &names, MAX_QUEUE_NAME.saturating_sub(name_prefix.len() + 1));
    let bytes = names.join(",").len();
    if bytes > FlagFunctions::MAX_SERVICE_NAMES {
        reader.error(
            "config::service-names",
            "services",
            format!(
                "the names have {bytes} bytes together, a function is told {} at most",
                FlagFunctions::MAX_SERVICE_NAMES
            ),
            "shorten names, or number the services with `service_count`",
        );
    }
    let services = Services::named(names);
    let needed = services.hash_shards().unwrap_or(1);
    if shards.is_none() && services.names().len() > 1 {
        reader.warning(
            "config::unpinned-shards",
            "services",
            "the number of stacks that queues are spread over grows with the services, and queues cannot move then",
            format!("pin it before the first deploy: `fanout_shards = {}`", needed.max(4)),
        );
    }
    let services = shards.map_or(services.clone(), |shards| services.sharded_over(shards));
    let largest = services.shards().iter().map(|shard| shard.services.len()).max().unwrap_or(0);
    if largest > MAX_PER_SHARD {
        let mut enough = needed;
        while services.clone().sharded_over(enough).shards().iter().any(|shard| shard.services.len() > MAX_PER_SHARD) {
            enough *= 2;
        }
        reader.error(
            "config::fanout-shards",
            "fanout_shards",
            format!("{largest} services would be in one stack, which has room for {MAX_PER_SHARD}"),
            format!("for a new environment write `fanout_shards = {enough}`; one that is deployed keeps its number"),
        );
    }
    services
}

fn read_shards(reader: &mut SettingsReader<'_>) -> Option<usize> {
    let got = reader.integer("fanout_shards")?;
    match usize::try_from(got) {
        Ok(shards @ 1..=64) => Some(shards),
        _ => {
            let message = format!("`fanout_shards` is {got}, wanted 1 to 64");
            reader.error("config::fanout-shards", "fanout_shards", message, "16 are enough for 1,000 services");
            None
        }
    }
}

fn check_names(reader: &mut SettingsReader<'_>, names: &[String], max_length: usize) {
    // Logical ids and outputs keep letters and digits alone and begin each part in upper case.
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let shown: String = name.chars().take(100).collect::<String>().escape_debug().to_string();
        let problem = if name.is_empty() {
            Some("it is empty".to_owned())
        } else if let Some(c) = name.chars().find(|c| !legal(*c)) {
            Some(format!("it has `{}` in it", c.escape_debug()))
        } else if !name.contains(|c: char| c.is_ascii_alphanumeric()) {
            Some("it has neither letter nor digit".to_owned())
        } else if name.len() > max_length {
            Some(format!("it has {} characters, its queue's name has room for {max_length}", name.len()))
        } else {
            None
        };
        if let Some(problem) = problem {
            reader.error(
                "config::service-name",
                "services",
                format!("`{shown}` cannot be the name of a service: {problem}"),
                format!("use 1 to {max_length} of a-z, A-Z, 0-9, `-` and `_`"),
            );
            continue;
        }
        let essence: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        if let Some(other) = seen.insert(essence, name) {
            let (message, help) = if other == name {
                (format!("the service `{name}` is listed twice"), "list each service once")
            } else {
                (
                    format!("the services `{other}` and `{name}` differ in nothing but case, `-` and `_`"),
                    "rename one of the two: CloudFormation would take them for the same",
                )
            };
            reader.error("config::duplicate-service", "services", message, help);
        }
    }
}
