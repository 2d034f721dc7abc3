//! Makes the archives of `flagcdk-schemas` from the published packages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::fixups::Mender;
use super::service_spec::ServiceSpec;
use super::sources::{self, Sources};
use super::{Error, archive, documentation, regions, slim};

const WHEEL_SCHEMAS: &str = "cfnlint/data/schemas/resources/";
const WHEEL_REGIONS: &str = "cfnlint/data/schemas/providers/";
/// These types exist only until the Serverless transform has run, and in no region's registry.
const TRANSFORMED: &str = "AWS::Serverless::";

/// Writes `data/*` and `PROVENANCE.md`, and says what was found.
pub(super) fn refresh(sources: &Sources, schemas_crate: &Path) -> Result<String, Error> {
    let json_below =
        |folder: &'static str| move |name: &str| Some(name.strip_prefix(folder)?.strip_suffix(".json")?.to_owned());
    let mut lists = archive::read(&sources.wheel, json_below(WHEEL_REGIONS))?;
    lists.remove("sam");
    let service_spec = ServiceSpec::read(&sources.service_spec)?;
    let mut slimmed = BTreeMap::new();
    let mut texts = BTreeMap::new();
    let mut mender = Mender::default();
    for mut schema in archive::read(&sources.wheel, json_below(WHEEL_SCHEMAS))?.into_values() {
        let Some(type_name) = schema["typeName"].as_str().map(str::to_owned) else { continue };
        if type_name.starts_with(TRANSFORMED) {
            continue;
        }
        mender.mend(&type_name, &mut schema);
        let own = slim::documentation(&schema);
        let text = documentation::merge(service_spec.documentation(&type_name).unwrap_or(&Value::Null), &own);
        let mut schema = slim::slim(schema);
        service_spec.extend(&type_name, &mut schema);
        texts.insert(type_name.clone(), text);
        slimmed.insert(type_name, schema);
    }
    if slimmed.is_empty() || lists.is_empty() {
        return Err(Error::MissingEntry { path: sources.wheel.clone(), wanted: WHEEL_SCHEMAS });
    }
    let mended = mender.finish()?;

    let data = schemas_crate.join("data");
    fs::create_dir_all(&data)?;
    archive::write(&data.join("cfn.zip"), &slimmed)?;
    archive::write(&data.join("documentation.zip"), &texts)?;
    let mut availability = regions::encode(&lists, slimmed.keys());
    availability.sort_all_objects();
    fs::write(data.join("regions.json"), one_line_per_type(&availability))?;
    fs::write(schemas_crate.join("PROVENANCE.md"), provenance(sources)?)?;
    Ok(format!("{} types in {} regions, {mended} fixups", slimmed.len(), lists.len()))
}

/// Two levels of JSON with a line for each entry, so that a change can be read.
fn one_line_per_type(availability: &Value) -> String {
    let types: Vec<String> = availability["types"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, mask)| format!("    \"{name}\": {mask}"))
        .collect();
    format!("{{\n  \"regions\": {},\n  \"types\": {{\n{}\n  }}\n}}\n", availability["regions"], types.join(",\n"))
}

fn provenance(sources: &Sources) -> Result<String, Error> {
    let metadata =
        archive::read_text(&sources.wheel, |name| name.ends_with(".dist-info/METADATA"))?.unwrap_or_default();
    let version = metadata.lines().find_map(|line| line.strip_prefix("Version: ")).unwrap_or("unknown").trim();
    let schemas = archive::read_text(&sources.wheel, |name| name == "cfnlint/data/schemas/version.json")?;
    let schemas: Value = serde_json::from_str(&schemas.unwrap_or_default())?;
    Ok(format!(
        include_str!("provenance.md"),
        wheel = sources::file_name(&sources.wheel),
        wheel_version = version,
        wheel_sha256 = sources::sha256(&sources.wheel)?,
        schema_date = schemas["schema_date"].as_str().unwrap_or("unknown"),
        service_spec = sources::file_name(&sources.service_spec),
        service_spec_sha256 = sources::sha256(&sources.service_spec)?,
    ))
}
