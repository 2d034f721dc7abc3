//! The regions that the simulated cloud has, and their Availability Zones.

/// Regions with the letters of the zones that an account made today is given. That `ap-northeast-1` has no `b` and
/// `us-west-1` only two zones is as in AWS.
const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "abc"),
    ("ap-east-1", "abc"),
    ("ap-east-2", "abc"),
    ("ap-northeast-1", "acd"),
    ("ap-northeast-2", "abcd"),
    ("ap-northeast-3", "abc"),
    ("ap-south-1", "abc"),
    ("ap-south-2", "abc"),
    ("ap-southeast-1", "abc"),
    ("ap-southeast-2", "abc"),
    ("ap-southeast-3", "abc"),
    ("ap-southeast-4", "abc"),
    ("ap-southeast-5", "abc"),
    ("ap-southeast-6", "abc"),
    ("ap-southeast-7", "abc"),
    ("ca-central-1", "abd"),
    ("ca-west-1", "abc"),
    ("cn-north-1", "abd"),
    ("cn-northwest-1", "abc"),
    ("eu-central-1", "abc"),
    ("eu-central-2", "abc"),
    ("eu-north-1", "abc"),
    ("eu-south-1", "abc"),
    ("eu-south-2", "abc"),
    ("eu-west-1", "abc"),
    ("eu-west-2", "abc"),
    ("eu-west-3", "abc"),
    ("il-central-1", "abc"),
    ("me-central-1", "abc"),
    ("me-south-1", "abc"),
    ("mx-central-1", "abc"),
    ("sa-east-1", "abc"),
    ("us-east-1", "abcdef"),
    ("us-east-2", "abc"),
    ("us-gov-east-1", "abc"),
    ("us-gov-west-1", "abc"),
    ("us-west-1", "ac"),
    ("us-west-2", "abcd"),
];

/// The letters of the zones of a region, `None` for a region that does not exist.
fn zone_letters(region: &str) -> Option<&'static str> {
    REGIONS.binary_search_by_key(&region, |(name, _)| name).ok().map(|index| REGIONS[index].1)
}

pub(crate) fn exists(region: &str) -> bool {
    zone_letters(region).is_some()
}

/// The names of the zones of a region, none for a region that does not exist.
pub(crate) fn zones(region: &str) -> Vec<String> {
    zone_letters(region).unwrap_or_default().chars().map(|letter| format!("{region}{letter}")).collect()
}

/// `aws`, `aws-cn` or `aws-us-gov`.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// The domain of the endpoints of a region.
pub(crate) fn url_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_for_the_binary_search() {
        assert!(REGIONS.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn zones_are_not_always_a_b_c() {
        assert_eq!(zones("ap-northeast-1"), ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]);
        assert_eq!(zones("mars-east-1"), Vec::<String>::new());
    }
}
