//! `flagcdk init`

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::args::Init;
use crate::failure::Failure;
use crate::ui;
use crate::ui::style::{BOLD, GOOD, paint};

/// The files of a new app, with `{name}`, `{crate}` and `{dependency}` to be filled in.
const FILES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("init/Cargo.toml.txt")),
    ("README.md", include_str!("init/README.md.txt")),
    ("src/lib.rs", include_str!("init/lib.rs.txt")),
    ("src/main.rs", include_str!("init/main.rs.txt")),
    ("tests/app.rs", include_str!("init/app.rs.txt")),
    (".gitignore", "/target\n/.flagcdk\n"),
];

/// Names that cargo gives a meaning of its own, or that would hide the library.
const RESERVED: [&str; 6] = ["test", "core", "std", "alloc", "proc_macro", "flagcdk"];

/// Makes a directory with a new app: its library, its binary, a test and a README.
pub(crate) fn run(options: &Init) -> Result<u8, Failure> {
    let directory = &options.directory;
    let name = options.name.clone().or_else(|| directory.file_name()?.to_str().map(str::to_owned)).unwrap_or_default();
    check_name(&name)?;
    if directory.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::usage(
            format!("`{}` is not empty", directory.display()),
            "choose a new directory: nothing that exists is overwritten",
        ));
    }
    let dependency = dependency(options.library.as_deref())?;
    for (file, text) in FILES {
        let text = text
            .replace("{name}", &name)
            .replace("{crate}", &name.replace('-', "_"))
            .replace("{dependency}", &dependency);
        write(&directory.join(file), &text)?;
    }
    ui::say(format!("{} the app {} in {}", paint(GOOD, "made"), paint(BOLD, &name), directory.display()));
    ui::say(format!("next: cd {} && flagcdk deploy --all-regions --local", directory.display()));
    Ok(0)
}

/// What both cargo and CloudFormation take for a name: it becomes the package's and begins the stacks' names.
fn check_name(name: &str) -> Result<(), Failure> {
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.ends_with('-')
        && name.len() <= 40;
    if well_formed && !RESERVED.contains(&name) {
        return Ok(());
    }
    Err(Failure::usage(
        format!("`{name}` cannot be the name of an app"),
        "take lower-case letters, digits and hyphens, 40 at most and a letter first, such as `orders`; `--name` names it otherwise than its directory",
    ))
}

/// How the app depends on the library: a checkout if one is named or the command is run from one, else the release.
fn dependency(library: Option<&Path>) -> Result<String, Failure> {
    let checkout = || {
        // Set by `cargo run`: the command's own package lies two levels below the workspace.
        let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
        Some(own.parent()?.parent()?.join("constructs/flagcdk")).filter(|library| library.join("Cargo.toml").is_file())
    };
    let Some(library) = library.map(Path::to_owned).or_else(checkout) else {
        return Ok(format!("version = {:?}", env!("CARGO_PKG_VERSION")));
    };
    let absolute = fs::canonicalize(&library).ok().filter(|library| library.join("Cargo.toml").is_file());
    let Some(absolute) = absolute else {
        return Err(Failure::usage(
            format!("`{}` has no `Cargo.toml`", library.display()),
            "pass the directory of the package `flagcdk`, `constructs/flagcdk` in a checkout",
        ));
    };
    Ok(format!("path = {:?}", absolute.display().to_string()))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    made.map_err(|error| {
        Failure::environment(
            format!("cannot write `{}`: {error}", path.display()),
            "see that the directory is yours to write",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_cargo_and_cloudformation_both_take() {
        for good in ["orders", "a", "orders-2", "my-shop"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        let long = "x".repeat(41);
        for bad in ["", "Orders", "2orders", "orders_2", "orders-", "a b", "ä", "test", "flagcdk", long.as_str()] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
