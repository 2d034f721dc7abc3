//! Which types exist in which regions.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

static JSON: &str = include_str!("../data/regions.json");

/// The regions' names, and for each type the sum of 2ⁿ over the places n of the regions that have it, in hexadecimal.
#[derive(Deserialize)]
struct Availability<'a> {
    #[serde(borrow)]
    regions: Vec<&'a str>,
    #[serde(borrow)]
    types: HashMap<&'a str, &'a str>,
}

/// Whether a region such as `eu-west-1` has the resource type. Of a region that the data has no list for, it is assumed to
/// have every type that exists at all.
pub fn exists_in(type_name: &str, region: &str) -> bool {
    let availability = availability();
    let Some(mask) = availability.types.get(type_name) else { return false };
    let Some(place) = availability.regions.iter().position(|known| *known == region) else { return true };
    let mask = u64::from_str_radix(mask, 16).expect("the masks are hexadecimal");
    mask & (1 << place) != 0
}

fn availability() -> &'static Availability<'static> {
    static AVAILABILITY: OnceLock<Availability<'static>> = OnceLock::new();
    AVAILABILITY.get_or_init(|| serde_json::from_str(JSON).expect("the embedded file is JSON of this form"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_types_exist() {
        let check = |type_name: &str, region: &str, expected: bool| {
            assert_eq!(exists_in(type_name, region), expected, "{type_name} in {region}");
        };
        check("AWS::SQS::Queue", "eu-west-1", true);
        check("AWS::SQS::Queue", "us-gov-east-1", true);
        check("AWS::SQS::Queue", "moon-south-1", true);
        check("AWS::SQS::Cue", "eu-west-1", false);
        check("AWS::SQS::Cue", "moon-south-1", false);
        check("AWS::CloudFront::Distribution", "cn-north-1", true);
        check("AWS::OpsWorks::Stack", "us-east-1", false);
        check("AWS::Serverless::Function", "us-east-1", false);
    }

    #[test]
    fn has_every_type_of_the_archive_and_no_other() {
        let mut listed: Vec<&str> = availability().types.keys().copied().collect();
        listed.sort_unstable();
        assert_eq!(listed, crate::type_names().collect::<Vec<_>>());
        assert!(availability().regions.len() <= 64, "a mask has 64 places");
    }
}
