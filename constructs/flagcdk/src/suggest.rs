//! What somebody may have meant.

/// A help text: the nearest of the known names if one is near, else all of them after the words `otherwise`.
///
/// ```
/// assert_eq!(flagcdk::did_you_mean("us-esat-1", ["eu-west-1", "us-east-1"], "the regions are"), "did you mean `us-east-1`?");
/// assert_eq!(flagcdk::did_you_mean("x", ["eu-west-1"], "the regions are"), "the regions are `eu-west-1`");
/// ```
pub fn did_you_mean<'a>(got: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(got, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min();
    match nearest {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => {
            let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("{otherwise} {}", names.join(", "))
        }
    }
}
