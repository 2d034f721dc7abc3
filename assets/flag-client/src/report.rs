//! What a client tells of itself.

use std::io::Write;
use std::sync::Mutex;

use flag_model::Applied;

/// Is told which versions come into use.
///
/// It is called between refreshes, and should not take long. Of the first flags that are read, only those are told of that were
/// written within the last hour: nobody asks about older ones.
pub trait Reporter: Send + Sync {
    /// A version is in use from now on.
    fn applied(&self, applied: &Applied);
}

impl<F: Fn(&Applied) + Send + Sync> Reporter for F {
    fn applied(&self, applied: &Applied) {
        self(applied);
    }
}

/// Writes a line of JSON for each version that comes into use, such as to the standard output of a service whose log group the
/// check of consistency asks. A line that cannot be written is lost.
///
/// ```
/// use flag_client::{JsonLines, Settings};
///
/// let settings = Settings::builder()
///     .service("checkout".parse()?)
///     .host("localhost")
///     .reporter(JsonLines::new(std::io::stdout()))
///     .build();
/// # Ok::<(), flag_model::IdError>(())
/// ```
#[derive(Debug)]
pub struct JsonLines<W>(Mutex<W>);

impl<W: Write + Send> JsonLines<W> {
    /// Writes the lines here.
    pub fn new(out: W) -> Self {
        Self(Mutex::new(out))
    }
}

impl<W: Write + Send> Reporter for JsonLines<W> {
    fn applied(&self, applied: &Applied) {
        let line = format!("{}\n", applied.to_line());
        if let Ok(mut out) = self.0.lock() {
            let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        }
    }
}
