package fake

func ttsFaults() []Kind { return nil }
