//! The name of an environment, and its tier.

use flagcdk::SettingsReader;

use super::Tier;

/// The fewest and the most characters of a name.
///
/// Of all names that are made of it the first to become too long is that of a service's queue,
/// `<environment>-feature-flags-<service>`: SQS allows 80 characters, which leaves a service 48.
const LENGTH: std::ops::RangeInclusive<usize> = 2..=17;

/// Names that AWS keeps for itself, alone or before a hyphen.
const RESERVED: &str = "aws";

pub(super) fn read(reader: &mut SettingsReader<'_>) -> String {
    let Some(name) = reader.text("environment") else { return "dev".to_owned() };
    if let Some(problem) = problem(&name) {
        let shown: String = name.chars().take(40).collect();
        reader.error(
            "config::environment",
            "environment",
            format!("`{}` cannot be the name of an environment: {problem}", shown.escape_debug()),
            format!(
                "use {} to {} of a-z, 0-9 and `-`, a letter first and no `-` last, such as `staging`",
                LENGTH.start(),
                LENGTH.end()
            ),
        );
    }
    name
}

fn problem(name: &str) -> Option<String> {
    let length = name.chars().count();
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(c) = name.chars().find(|c| !legal(*c)) {
        Some(format!("it has `{}` in it", c.escape_debug()))
    } else if !LENGTH.contains(&length) {
        Some(format!("it has {length} characters"))
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some("it does not begin with a letter".to_owned())
    } else if name.ends_with('-') {
        Some("it ends in `-`".to_owned())
    } else if name == RESERVED || name.starts_with("aws-") {
        Some("AWS keeps names that begin with `aws`".to_owned())
    } else {
        None
    }
}

/// The tier of an environment whose name says enough, none for one that sounds like production but is not `prod`.
pub(super) fn default_tier(environment: &str) -> Option<Tier> {
    let sounds_like_production = ["prod", "prd", "live"].iter().any(|word| environment.contains(word));
    match environment {
        "prod" => Some(Tier::Production),
        _ if sounds_like_production => None,
        _ => Some(Tier::Development),
    }
}

pub(super) fn read_tier(reader: &mut SettingsReader<'_>, environment: &str) -> Tier {
    let choices = "write `tier = \"production\"` or `tier = \"development\"`";
    match reader.text("tier").as_deref() {
        Some("production") => Tier::Production,
        Some("development") => Tier::Development,
        Some(other) => {
            let message = format!("`{}` is no tier", other.escape_debug());
            reader.error("config::tier", "tier", message, choices);
            Tier::Development
        }
        None => default_tier(environment).unwrap_or_else(|| {
            reader.error(
                "config::tier",
                "environment",
                format!("`{environment}` sounds like production, but only `prod` is taken for it"),
                choices,
            );
            Tier::Production
        }),
    }
}
