"""linetap carries a brand's LINE followers into CleverTap and CleverTap's campaigns back to LINE."""
