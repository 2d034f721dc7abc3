//! AWS regions, known offline so that a misspelled one is found before anything is sent.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A group of regions that share credentials, ARNs and endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial regions, `aws`.
    Aws,
    /// The regions in China, `aws-cn`.
    China,
    /// GovCloud, `aws-us-gov`.
    GovCloud,
}

impl Partition {
    /// The name in ARNs: `aws`, `aws-cn` or `aws-us-gov`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::GovCloud => "aws-us-gov",
        }
    }

    /// The domain of the partition's services.
    pub const fn url_suffix(self) -> &'static str {
        match self {
            Self::China => "amazonaws.com.cn",
            Self::Aws | Self::GovCloud => "amazonaws.com",
        }
    }
}

/// One AWS region, such as `eu-central-1`. Only regions that exist can be made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(&'static str);

/// The text is no region's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown region `{got}`")]
pub struct UnknownRegion {
    /// The text that was given.
    pub got: String,
}

macro_rules! regions {
    ($($constant:ident = $name:literal),* $(,)?) => {
        impl Region {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: Region = Region($name);)*
            /// Every region that is known, in alphabetical order of its name.
            pub const ALL: &'static [Region] = &[$(Region::$constant),*];
        }
    };
}

// In alphabetical order: `FromStr` looks names up by binary search, and a test holds the order.
regions! {
    AF_SOUTH_1 = "af-south-1",
    AP_EAST_1 = "ap-east-1",
    AP_EAST_2 = "ap-east-2",
    AP_NORTHEAST_1 = "ap-northeast-1",
    AP_NORTHEAST_2 = "ap-northeast-2",
    AP_NORTHEAST_3 = "ap-northeast-3",
    AP_SOUTH_1 = "ap-south-1",
    AP_SOUTH_2 = "ap-south-2",
    AP_SOUTHEAST_1 = "ap-southeast-1",
    AP_SOUTHEAST_2 = "ap-southeast-2",
    AP_SOUTHEAST_3 = "ap-southeast-3",
    AP_SOUTHEAST_4 = "ap-southeast-4",
    AP_SOUTHEAST_5 = "ap-southeast-5",
    AP_SOUTHEAST_6 = "ap-southeast-6",
    AP_SOUTHEAST_7 = "ap-southeast-7",
    CA_CENTRAL_1 = "ca-central-1",
    CA_WEST_1 = "ca-west-1",
    CN_NORTH_1 = "cn-north-1",
    CN_NORTHWEST_1 = "cn-northwest-1",
    EU_CENTRAL_1 = "eu-central-1",
    EU_CENTRAL_2 = "eu-central-2",
    EU_NORTH_1 = "eu-north-1",
    EU_SOUTH_1 = "eu-south-1",
    EU_SOUTH_2 = "eu-south-2",
    EU_WEST_1 = "eu-west-1",
    EU_WEST_2 = "eu-west-2",
    EU_WEST_3 = "eu-west-3",
    IL_CENTRAL_1 = "il-central-1",
    ME_CENTRAL_1 = "me-central-1",
    ME_SOUTH_1 = "me-south-1",
    MX_CENTRAL_1 = "mx-central-1",
    SA_EAST_1 = "sa-east-1",
    US_EAST_1 = "us-east-1",
    US_EAST_2 = "us-east-2",
    US_GOV_EAST_1 = "us-gov-east-1",
    US_GOV_WEST_1 = "us-gov-west-1",
    US_WEST_1 = "us-west-1",
    US_WEST_2 = "us-west-2",
}

impl Region {
    /// The name, such as `eu-central-1`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The partition that the region belongs to.
    pub fn partition(self) -> Partition {
        if self.0.starts_with("cn-") {
            Partition::China
        } else if self.0.starts_with("us-gov-") {
            Partition::GovCloud
        } else {
            Partition::Aws
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        Self::ALL
            .binary_search_by(|region| region.0.cmp(text))
            .map(|index| Self::ALL[index])
            .map_err(|_| UnknownRegion { got: text.to_owned() })
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_to_itself_and_the_list_is_sorted() {
        assert!(Region::ALL.is_sorted());
        for region in Region::ALL {
            assert_eq!(region.as_str().parse(), Ok(*region));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "mars-east-1", "us-east-1a", "US-EAST-1", " us-east-1"] {
            assert_eq!(text.parse::<Region>(), Err(UnknownRegion { got: text.into() }), "{text:?}");
        }
    }

    #[test]
    fn partitions() {
        assert_eq!(Region::CN_NORTH_1.partition().as_str(), "aws-cn");
        assert_eq!(Region::US_GOV_WEST_1.partition().as_str(), "aws-us-gov");
        assert_eq!(Region::US_WEST_1.partition().as_str(), "aws");
    }
}
