//! Which regions there are.

use std::collections::BTreeSet;

use flagcdk::{Region, SettingsReader, did_you_mean};

/// The twelve regions that the app is in unless somebody says otherwise.
pub const DEFAULT_REGIONS: [Region; 12] = [
    Region::US_EAST_1,
    Region::US_WEST_2,
    Region::EU_WEST_1,
    Region::EU_CENTRAL_1,
    Region::AP_SOUTHEAST_1,
    Region::AP_NORTHEAST_1,
    Region::AP_SOUTH_1,
    Region::CA_CENTRAL_1,
    Region::SA_EAST_1,
    Region::EU_NORTH_1,
    Region::AP_SOUTHEAST_2,
    Region::US_EAST_2,
];

/// The home region and all regions.
pub(super) fn read(reader: &mut SettingsReader<'_>) -> (Region, Vec<Region>) {
    let home = reader.text("home_region").and_then(|name| parse(reader, "home_region", &name));
    let given = reader.texts("regions");
    let regions: Vec<Region> = match &given {
        None => DEFAULT_REGIONS.to_vec(),
        Some(names) => names.iter().filter_map(|name| parse(reader, "regions", name)).collect(),
    };
    if given.as_ref().is_some_and(Vec::is_empty) {
        let help = "write for example `regions = [\"us-east-1\", \"eu-west-1\"]`, or remove the setting for the default twelve";
        reader.error("config::no-regions", "regions", "there are no regions", help);
    }
    let mut seen = BTreeSet::new();
    for region in &regions {
        if !seen.insert(region) {
            reader.error(
                "config::duplicate-region",
                "regions",
                format!("`{region}` is listed twice"),
                "list each region once",
            );
        }
    }
    let home = home.unwrap_or(Region::US_EAST_1);
    if given.as_ref().is_none_or(|names| names.len() == regions.len()) && !regions.is_empty() && !seen.contains(&home) {
        let key = if given.is_some() { "regions" } else { "home_region" };
        reader.error(
            "config::home-region",
            key,
            format!("the home region `{home}` is not one of the regions"),
            format!("add `{home}` to `regions`, or choose a `home_region` among them: the table needs a replica there"),
        );
    }
    for region in regions.iter().filter(|region| region.partition() != home.partition()) {
        reader.error(
            "config::mixed-partitions",
            "regions",
            format!(
                "`{region}` is in partition `{}`, the home region `{home}` in `{}`",
                region.partition().as_str(),
                home.partition().as_str()
            ),
            "an account belongs to one partition: make an environment for each",
        );
    }
    (home, regions)
}

/// A region by its name; none, and a finding, if there is no such region.
pub(super) fn parse(reader: &mut SettingsReader<'_>, key: &str, name: &str) -> Option<Region> {
    let error = match name.parse() {
        Ok(region) => return Some(region),
        Err(error) => error,
    };
    let zone = name.strip_suffix(|c: char| c.is_ascii_lowercase()).and_then(|name| name.parse::<Region>().ok());
    let help = match (name.trim().to_ascii_lowercase().parse::<Region>(), zone) {
        (Ok(region), _) => format!("write `{region}`, in lower case and without spaces"),
        (_, Some(region)) => format!("that is an Availability Zone; write `{region}`"),
        _ => did_you_mean(name, Region::ALL.iter().map(|region| region.as_str()), "the regions are"),
    };
    reader.error("config::unknown-region", key, error.to_string(), help);
    None
}
