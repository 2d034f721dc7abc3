//! The feature-flag system: what `flagcdk` deploys when it is given no other app.
//!
//! A [`Config`] says for which environment, and [`app_with`] makes the app of it: four kinds of stacks, one file each.
//!
//! | stack | where | what |
//! |---|---|---|
//! | `Keys` | every region | the key that encrypts everything else |
//! | `Data` | home region | the table of flags, with a replica in every region |
//! | `Regional` | every region | network, cache, audit, functions, workflow, alerts |
//! | `Fanout0`, … | every region | a queue for each service |
//!
//! ```
//! use flagcdk_stacks::{Config, app_with};
//!
//! let assembly = app_with(&Config::new("dev")).synth()?;
//! let stacks: Vec<_> = assembly.manifest.stacks.iter().map(|stack| stack.name.as_str()).collect();
//! assert_eq!(stacks[0], "dev-feature-flags-keys");
//! # Ok::<(), flagcdk::SynthError>(())
//! ```
#![deny(missing_docs)]

mod config;
mod data;
mod exceptions;
mod fanout;
mod keys;
mod regional;

use flagcdk::{App, Finding, Settings};

pub use config::{BUSINESS_RULES, Cidr, Config, DEFAULT_REGIONS, Tier};

/// The app for the settings that a person gave.
///
/// # Errors
/// Everything that is wrong with the settings, each with its origin and what to do. See [`Config::from_settings`].
pub fn app(settings: &Settings) -> Result<App, Vec<Finding>> {
    Config::from_settings(settings).map(|config| app_with(&config))
}

/// The app for a configuration.
pub fn app_with(config: &Config) -> App {
    let mut app = App::new(config.name_prefix(), config.home_region).regions(config.regions.iter().copied());
    for (key, value) in config.all_tags() {
        app = app.tag(key, value);
    }
    let keys = keys::stack(&app, config);
    let data = data::stack(&app, config, &keys);
    let regional = regional::stack(&app, config, &keys, &data);
    fanout::stacks(&app, config, &regional);
    for finding in &config.warnings {
        keys.stack.warning(&finding.code, format!("{}: {}", finding.path, finding.message), &finding.help);
    }
    app
}
