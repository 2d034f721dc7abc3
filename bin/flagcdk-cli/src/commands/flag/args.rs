//! What the commands take.

use std::path::PathBuf;

use clap::Subcommand;
use flag_model::{ChangeSource, FlagId, ServiceName, Version};
use flagcdk_assembly::Region;

#[derive(Debug, Subcommand)]
pub(crate) enum FlagCommand {
    /// Change a flag, or make one: a new version of it, if the rules allow it
    Set(Box<Set>),
    /// Show a flag
    Get(Get),
    /// List the flags
    List(List),
    /// List the versions of a flag, the newest first
    History(History),
    /// Take the current version of a flag back
    Rollback(Rollback),
    /// Switch a flag off for everybody at once
    Kill(Kill),
    /// Watch a change arrive in every region
    Watch(Watch),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// The flag, such as `checkout.express-pay`
    pub(crate) flag: FlagId,
    /// Its value, as JSON: 'true', '12.5', '"a text"', '{"limit": 3}'
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) value: Option<String>,
    /// The value for whoever does not get the other one, as JSON
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) off_value: Option<String>,
    /// The whole flag, as `flag get --json` prints it, in place of what is there; `-` reads the standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) definition: Option<PathBuf>,
    /// The service that it belongs to
    #[arg(long)]
    pub(crate) service: Option<ServiceName>,
    /// What it is for
    #[arg(long, value_parser = ["release", "experiment", "operational", "permission", "kill_switch"])]
    pub(crate) kind: Option<String>,
    /// The team that answers for it
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Where that team is reached
    #[arg(long)]
    pub(crate) contact: Option<String>,
    /// What it does
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// What people find it by; all tags, with commas between
    #[arg(long, value_delimiter = ',')]
    pub(crate) tags: Option<Vec<String>>,
    /// Who may see the value
    #[arg(long, value_parser = ["public", "internal", "confidential"])]
    pub(crate) sensitivity: Option<String>,
    /// Browsers and apps read it, and not only servers
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) client_side: Option<bool>,
    /// It is meant to stay
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) permanent: Option<bool>,
    /// The share of users who get the value, in percent
    #[arg(long)]
    pub(crate) percentage: Option<String>,
    /// Whom the value is for, as JSON: '{"rollout": {"percentage": 5}, "rules": […], "prerequisites": […]}'
    #[arg(long, value_name = "JSON")]
    pub(crate) targeting: Option<String>,
    /// When it is to be gone: a time, a day, `30d` from now, or `never`
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<String>,
    /// When somebody is to look at it again: a time, a day, `30d` from now, or `never`
    #[arg(long, value_name = "TIME")]
    pub(crate) review: Option<String>,
    /// It is switched off for everybody
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) kill_switch: Option<bool>,
    /// Delete it: what is left is a tombstone, by which everybody forgets it
    #[arg(long, conflicts_with_all = ["value", "off_value", "definition", "targeting", "percentage", "kill_switch"])]
    pub(crate) delete: bool,
    #[command(flatten)]
    pub(crate) note: Note,
    #[command(flatten)]
    pub(crate) how: How,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// The flag
    pub(crate) flag: FlagId,
    /// As it was at this version
    #[arg(long, value_name = "VERSION")]
    pub(crate) at: Option<Version>,
    /// As this region has it [default: the home region]
    #[arg(long)]
    pub(crate) region: Option<Region>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only those of this service
    #[arg(long)]
    pub(crate) service: Option<ServiceName>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct History {
    /// The flag
    pub(crate) flag: FlagId,
    /// How many versions, at most
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub(crate) limit: usize,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rollback {
    /// The flag
    pub(crate) flag: FlagId,
    /// The version to go back to [default: the newest good one that differs]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<Version>,
    #[command(flatten)]
    pub(crate) note: Note,
    #[command(flatten)]
    pub(crate) how: How,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Kill {
    /// The flag
    pub(crate) flag: FlagId,
    /// Switch it on again
    #[arg(long)]
    pub(crate) undo: bool,
    #[command(flatten)]
    pub(crate) note: Note,
    #[command(flatten)]
    pub(crate) how: How,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Watch {
    /// The flag
    pub(crate) flag: FlagId,
    /// The version to wait for [default: the home region's newest]
    #[arg(long = "for", value_name = "VERSION")]
    pub(crate) wanted: Option<Version>,
    /// Only in these regions, with commas between [default: all]
    #[arg(long, value_delimiter = ',')]
    pub(crate) regions: Vec<Region>,
    /// For how many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) timeout: u64,
}

/// Who makes a change, and why.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Who and why")]
pub(crate) struct Note {
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) reason: String,
    /// Where that was talked about
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) ticket: String,
    /// Who agreed, with commas between
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) approved_by: Vec<String>,
    /// There was no time for what is usually asked for
    #[arg(long)]
    pub(crate) emergency: bool,
    /// Who makes the change [default: the caller's ARN]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// By what it is made
    #[arg(long, default_value = "console")]
    pub(crate) source: Source,
}

/// How a change is made.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How")]
pub(crate) struct How {
    /// Ask the rules and show what would change; write nothing
    #[arg(long, conflicts_with = "watch")]
    pub(crate) dry_run: bool,
    /// Then watch the change arrive in every region
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Source {
    Console,
    Pipeline,
    Api,
}

impl From<Source> for ChangeSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Console => Self::Console,
            Source::Pipeline => Self::Pipeline,
            Source::Api => Self::Api,
        }
    }
}
