//! How the packaging of assets gets on: one line that moves on a terminal, a line now and then in a pipe.

use std::time::{Duration, Instant};

use flagcdk_engine::package::PackageEvent;
use indicatif::{ProgressBar, ProgressStyle};

use super::say;
use super::style::{DIM, GOOD, paint};

/// How often a pipe is told that cargo got on.
const BETWEEN_LINES: Duration = Duration::from_secs(3);

/// Shows the events of one packaging.
pub(crate) struct Build {
    bar: Option<ProgressBar>,
    last: Option<Instant>,
}

impl Build {
    pub(crate) fn new() -> Self {
        let bar = super::is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}").expect("the template is fixed"),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, last: None }
    }

    pub(crate) fn tell(&mut self, event: &PackageEvent) {
        match event {
            PackageEvent::BuildStarted { package, binary, .. } => {
                self.moving(format!("building `{binary}` of `{package}`"))
            }
            PackageEvent::Compiling { done, total, names, .. } => {
                self.moving(format!("compiling {done} of {total}: {names}"))
            }
            PackageEvent::CargoSaid { line, .. } => self.lasting(paint(DIM, format!("cargo: {line}"))),
            PackageEvent::StillBuilding { seconds, .. } => {
                self.moving(format!("cargo is still building after {seconds} s"))
            }
            PackageEvent::Packaged { asset, size, cached } => {
                let how = if *cached { "unchanged" } else { "new" };
                self.lasting(format!(
                    "{} {asset} {}",
                    paint(GOOD, "packaged"),
                    paint(DIM, format!("({size} bytes, {how})"))
                ));
            }
            _ => {}
        }
    }

    /// What the next line may take the place of.
    fn moving(&mut self, text: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        } else if self.last.is_none_or(|last| last.elapsed() >= BETWEEN_LINES) {
            self.last = Some(Instant::now());
            say(paint(DIM, text));
        }
    }

    /// What stays on the screen.
    fn lasting(&self, text: String) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
    }
}

impl Drop for Build {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
