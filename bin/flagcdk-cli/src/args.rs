//! The command line. Its types stop here: commands take plain values.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use flagcdk_assembly::Region;

use crate::commands::flag::FlagCommand;
use crate::commands::rules::RulesCommand;

/// Synthesizes an app of typed constructs to CloudFormation, and deploys it to its regions.
#[derive(Debug, Parser)]
#[command(name = "flagcdk", version, propagate_version = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(flatten)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// The environment: a table `[environments.NAME]` of the configuration file
    #[arg(long = "env", global = true, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// A setting, such as `service_count=200`; goes before the configuration file
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
    /// The configuration file [default: flagcdk.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The app: a package with `[package.metadata.flagcdk]`, or `builtin` for the shipped feature-flag system
    /// [default: the nearest such package at or above this directory, else `builtin`]
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub(crate) app: Option<PathBuf>,
    /// Deploy to the built-in simulator of AWS instead of an account; its state is kept in DIRECTORY, else in .flagcdk/local
    #[arg(long, global = true, value_name = "DIRECTORY", num_args = 0..=1, require_equals = true)]
    #[arg(conflicts_with_all = ["endpoint_url", "profile"])]
    pub(crate) local: Option<Option<PathBuf>>,
    /// Talk to this endpoint instead of AWS's own
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The profile of the AWS configuration files [default: AWS_PROFILE, else `default`]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Print data as JSON to standard output: one object a line for events, one object for the rest
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// When to use colors.
#[derive(Debug, clap::Args)]
pub(crate) struct Color {
    /// When to use colors; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: When,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Makes the choice known to everything that prints.
    pub(crate) fn write_global(&self) {
        let choice = match self.color {
            When::Auto => anstream::ColorChoice::Auto,
            When::Always => anstream::ColorChoice::Always,
            When::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new app: a cargo package with a stack, a test and a README
    Init(Init),
    /// List the stacks of the app, in the order in which they are deployed
    List,
    /// Write the cloud assembly, or print one stack's template
    Synth(Synth),
    /// Check the app without asking the cloud: what is wrong with it, and what is unsafe
    Validate(Validate),
    /// Show what a deploy would change
    #[command(visible_alias = "plan")]
    Diff(Regions),
    /// Build, check, publish and deploy the app
    #[command(visible_alias = "up")]
    Deploy(Deploy),
    /// Show what is deployed, region by region
    Status,
    /// Delete what is deployed; what is marked to be retained stays
    Destroy(Destroy),
    /// Make the asset buckets and the roles of StackSets
    Bootstrap(Bootstrap),
    /// Write a crate of typed code that synthesizes a CloudFormation template that exists
    Migrate(Migrate),
    /// Look at the flags that are deployed, and change them
    #[command(subcommand)]
    Flag(FlagCommand),
    /// Ask the business rules
    #[command(subcommand)]
    Rules(RulesCommand),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The directory to make
    pub(crate) directory: PathBuf,
    /// The app's name [default: that of the directory]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The directory of the package `flagcdk` to depend on, in a checkout [default: the released version]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) library: Option<PathBuf>,
}

/// Which regions to work on. It is said by a person, never guessed.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Regions {
    /// Every region of the app
    #[arg(long, conflicts_with = "regions")]
    pub(crate) all_regions: bool,
    /// These regions of the app, with commas between [default: the home region]
    #[arg(long, value_name = "REGIONS", value_delimiter = ',')]
    pub(crate) regions: Vec<Region>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Synth {
    /// Print the template of this stack to standard output
    pub(crate) stack: Option<String>,
    /// Where to write the assembly
    #[arg(long, short, value_name = "DIRECTORY", default_value = ".flagcdk/assembly")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Validate {
    /// How to tell what was found; all but the text goes to standard output [default: text, with `--json` json]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
}

/// How findings are told.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// A list of findings, as with `--json`
    Json,
    /// SARIF 2.1.0, which code hosts and editors read; what is suppressed is in it with its reason
    Sarif,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) regions: Regions,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show the plan and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Go on where somebody else changed a stack since the plan was made
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Destroy {
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Migrate {
    /// The template, JSON or YAML
    pub(crate) template: PathBuf,
    /// Where to write the crate; the directory must be empty or not there yet [default: the crate's name]
    #[arg(long, short, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
    /// The crate's name; with a hyphen it is the name of the stack too, `prod-orders` [default: the file's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The directory of the package `flagcdk` to depend on, in a checkout [default: the released version]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) library: Option<PathBuf>,
    /// Build and run the crate too, and compare what it synthesizes
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bootstrap {
    #[command(flatten)]
    pub(crate) regions: Regions,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}
