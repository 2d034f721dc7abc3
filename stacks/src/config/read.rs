//! From settings to a checked configuration.

use std::collections::BTreeMap;

use flagcdk::logs::RETENTION_DAYS;
use flagcdk::{Architecture, Finding, Settings, SettingsReader};

use super::{BUSINESS_RULES, Config, Tier, environment, name_prefix, network, regions, services};

/// Tags that the app sets itself.
const OWN_TAGS: [&str; 5] = ["CostCenter", "Environment", "ManagedBy", "Owner", "Service"];

/// The most tags that a resource has; CloudFormation and the deploy add four of their own.
const MAX_TAGS: usize = 50 - 5 - 4;

impl Config {
    /// Reads and checks settings.
    ///
    /// They are `environment`, `tier`, `home_region`, `regions`, `service_count` or `services`, `fanout_shards`,
    /// `business_rules_count`, `multi_az`, `tags`, `cost_center`, `owner`, `retention_days`, `vpc_cidr` or `vpc_cidrs`,
    /// `architecture`, `alert_emails` and `opensearch_service_linked_role`.
    ///
    /// # Errors
    /// Everything that is wrong, each with its origin, what was wanted and what to do.
    pub fn from_settings(settings: &Settings) -> Result<Self, Vec<Finding>> {
        let mut reader = settings.reader();
        let config = read(&mut reader);
        let warnings = reader.finish();
        if warnings.iter().any(Finding::is_error) { Err(warnings) } else { Ok(Self { warnings, ..config }) }
    }
}

fn read(reader: &mut SettingsReader<'_>) -> Config {
    let environment = environment::read(reader);
    let tier = environment::read_tier(reader, &environment);
    let (home_region, regions) = regions::read(reader);
    let services = services::read(reader, &name_prefix(&environment));
    check_rules(reader);
    Config {
        tier,
        home_region,
        vpc_cidrs: network::read(reader, &regions),
        regions,
        services,
        multi_az: read_multi_az(reader, tier),
        tags: read_tags(reader),
        cost_center: read_tag_value(reader, "cost_center", "engineering"),
        owner: read_tag_value(reader, "owner", "platform-team"),
        retention_days: read_retention(reader),
        architecture: read_architecture(reader),
        alert_emails: read_emails(reader),
        opensearch_service_linked_role: reader.boolean("opensearch_service_linked_role").unwrap_or(true),
        warnings: Vec::new(),
        environment,
    }
}

fn check_rules(reader: &mut SettingsReader<'_>) {
    let wanted = i64::from(BUSINESS_RULES);
    if let Some(got) = reader.integer("business_rules_count").filter(|got| *got != wanted) {
        reader.error(
            "config::business-rules",
            "business_rules_count",
            format!("`business_rules_count` is {got}, but the validator is shipped with {wanted} rules"),
            format!("write `business_rules_count = {wanted}`, or remove the setting"),
        );
    }
}

fn read_multi_az(reader: &mut SettingsReader<'_>, tier: Tier) -> bool {
    let production = tier == Tier::Production;
    let multi_az = reader.boolean("multi_az").unwrap_or(production);
    if production && !multi_az {
        let help = "remove `multi_az`, or write `tier = \"development\"`";
        reader.error("config::multi-az", "multi_az", "production is always in several zones", help);
    }
    multi_az
}

fn read_tags(reader: &mut SettingsReader<'_>) -> BTreeMap<String, String> {
    let tags = reader.text_table("tags");
    for (key, value) in &tags {
        let setting = format!("tags.{key}");
        let name = key.escape_debug();
        if OWN_TAGS.contains(&key.as_str()) {
            let help = match key.as_str() {
                "CostCenter" => "write `cost_center = \"…\"` instead",
                "Owner" => "write `owner = \"…\"` instead",
                _ => "choose another key",
            };
            reader.error("config::tag", &setting, format!("the tag `{name}` is set by the app itself"), help);
        } else if key.is_empty() || key.chars().count() > 128 || !key.chars().all(is_tag_character) {
            let help = "use 1 to 128 letters, digits, spaces and `+-=._:/@`";
            reader.error("config::tag", &setting, format!("`{name}` cannot be the key of a tag"), help);
        } else if key.to_ascii_lowercase().starts_with("aws:") || key.starts_with("flagcdk:") {
            let message = format!("`{name}` begins with what AWS or flagcdk keeps for itself");
            reader.error("config::tag", &setting, message, "choose another key");
        }
        check_tag_value(reader, &setting, value);
    }
    if tags.len() > MAX_TAGS {
        let message = format!("there are {} tags, wanted {MAX_TAGS} at most", tags.len());
        reader.error("config::tag", "tags", message, "remove some: AWS allows 50, of which some are not yours");
    }
    tags
}

fn read_tag_value(reader: &mut SettingsReader<'_>, key: &str, default: &str) -> String {
    let value = reader.text(key).unwrap_or_else(|| default.to_owned());
    check_tag_value(reader, key, &value);
    value
}

fn check_tag_value(reader: &mut SettingsReader<'_>, key: &str, value: &str) {
    if value.trim().is_empty() || value.chars().count() > 256 || !value.chars().all(is_tag_character) {
        let shown: String = value.chars().take(60).collect();
        let message = format!("`{}` cannot be the value of a tag", shown.escape_debug());
        reader.error("config::tag", key, message, "use 1 to 256 letters, digits, spaces and `+-=._:/@`");
    }
}

/// What every service of AWS takes in tags.
fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c)
}

fn read_retention(reader: &mut SettingsReader<'_>) -> u32 {
    let Some(got) = reader.integer("retention_days") else { return 7 };
    match u32::try_from(got).ok().filter(|days| RETENTION_DAYS.contains(days)) {
        Some(days) => days,
        None => {
            let message = format!("`retention_days` is {got}, which CloudWatch Logs cannot do");
            reader.error(
                "config::retention-days",
                "retention_days",
                message,
                format!("choose one of {RETENTION_DAYS:?}"),
            );
            7
        }
    }
}

fn read_architecture(reader: &mut SettingsReader<'_>) -> Architecture {
    match reader.text("architecture").as_deref() {
        None | Some("x86_64") => Architecture::X86_64,
        Some("arm64") => Architecture::Arm64,
        Some(other) => {
            let message = format!("`{}` is no architecture of Lambda", other.escape_debug());
            let help = "write `architecture = \"x86_64\"` or `architecture = \"arm64\"`";
            reader.error("config::architecture", "architecture", message, help);
            Architecture::X86_64
        }
    }
}

fn read_emails(reader: &mut SettingsReader<'_>) -> Vec<String> {
    let addresses = reader.texts("alert_emails").unwrap_or_default();
    for (index, address) in addresses.iter().enumerate() {
        let sound = address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let shown = address.escape_debug();
        if !sound || address.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/') {
            let message = format!("`{shown}` is no mail address");
            reader.error("config::alert-email", "alert_emails", message, "write addresses such as `flags@example.com`");
        } else if addresses[..index].contains(address) {
            reader.error("config::alert-email", "alert_emails", format!("`{shown}` is listed twice"), "list it once");
        }
    }
    addresses
}
